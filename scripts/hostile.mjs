// Lets Schemathesis send what the OpenAPI document allows, and what it does not, to the built service in memory.
// Exits with 0 when every response is a documented one, with 1 when one is not, and with 2 when it could not be run.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { LOG_LINES } from '../tools/log-lines.ts';

const { SCHEMATHESIS, HOSTILE_SEED, HOSTILE_EXAMPLES = '300' } = process.env;
const seed = HOSTILE_SEED ?? String(Math.floor(Math.random() * 2 ** 32));

const names = SCHEMATHESIS === undefined ? ['schemathesis', 'st'] : [SCHEMATHESIS];
const program = names.find((name) => /schemathesis/i.test(spawnSync(name, ['--version']).stdout));
if (program === undefined) {
  console.error(`There is no ${names.join(' or ')} on this machine. It comes with Python:

  python3 -m venv ~/.cache/schemathesis && ~/.cache/schemathesis/bin/pip install schemathesis==4.32.5
  SCHEMATHESIS=~/.cache/schemathesis/bin/schemathesis npm run hostile`);
  process.exit(2);
}

const service = spawn(process.execPath, [join(import.meta.dirname, '..', 'dist', 'bootstrap', 'main.js')], {
  env: {
    ...process.env,
    ROLE: 'all',
    MESSAGING: 'in-memory',
    STORE: 'in-memory',
    OPERATIONS_API: 'on',
    HOST: '127.0.0.1',
    PORT: '0',
    FULFILMENT_URL: '',
    FULFILMENT_DELAY_MS: '0',
    RETRY_MAX_ATTEMPTS: '1', // so that there are dead letters to follow the links to
    LOG_LEVEL: 'info',
    LOG_FORMAT: 'json',
  },
  stdio: ['ignore', 'pipe', 'inherit'],
});
const ended = once(service, 'exit');
const folder = mkdtempSync(join(tmpdir(), 'hostile-'));

const port = await portWhenReady();
if (port === undefined) {
  console.error('The service did not start.');
  process.exitCode = 2;
} else {
  console.log(`HOSTILE_SEED=${seed} repeats this run`);
  process.exitCode = await attack(`http://127.0.0.1:${port}/swagger/swagger.json`);
  if (service.exitCode !== null) {
    console.error('The service ended meanwhile.');
    process.exitCode = 1;
  }
}
service.kill();
await ended;
rmSync(folder, { recursive: true });

async function portWhenReady() {
  let port;
  for await (const line of createInterface({ input: service.stdout })) {
    const event = JSON.parse(line);
    if (event.message === LOG_LINES.listening) port = event.port;
    if (event.message !== LOG_LINES.ready) continue;
    service.stdout.resume();
    return port;
  }
  return undefined;
}

/** In a folder of its own, as it writes what it found beside it. */
async function attack(document) {
  const args = ['--checks=all', '--continue-on-failure', '--generation-database=none'];
  // an order may have the id Send or Import, and GET finds it there: Allow has a method more than the document
  args.push('--exclude-checks=allow_header_conformance');
  args.push(`--max-examples=${HOSTILE_EXAMPLES}`, `--seed=${seed}`);
  const env = { ...process.env, SCHEMATHESIS_HOOKS: join(import.meta.dirname, 'hostile_hooks.py') };
  const config = join(import.meta.dirname, 'hostile.toml');
  const tool = spawn(program, ['--config-file', config, 'run', document, ...args], {
    cwd: folder,
    env,
    stdio: 'inherit',
  });
  const exit = once(tool, 'exit');
  await sendFailingOrders(new URL('/api/Order/Send', document), exit);
  const [code] = await exit;
  return code ?? 1;
}

/** Each is a dead letter at once: so there are some to follow the links to, whatever the tool discards. */
async function sendFailingOrders(url, exit) {
  const order = {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: '{"product":"fail"}',
  };
  const ended = exit.then(() => true);
  do await fetch(url, order);
  while (!(await Promise.race([ended, setTimeout(200, false)])));
}
