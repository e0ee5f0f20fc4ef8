import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import { get } from 'node:https';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findFreePorts } from '../../tools/dev-servers/free-ports.js';
import { ServiceProcess } from '../../tools/dev-servers/service-process.js';
import { LOG_LINES } from '../../tools/log-lines.js';
import { AUTHORITIES, CERTIFICATES } from '../support/certificates.js';
import { waitFor } from '../../packages/delivery/src/contract/wait-for.js';

const MAIN = fileURLToPath(new URL('../../dist/bootstrap/main.js', import.meta.url));
const EMBEDDED = { ROLE: 'all', MESSAGING: 'in-memory', STORE: 'in-memory', LOG_LEVEL: 'info' };

let port: number;
let lines: string[];
let service: ServiceProcess | undefined;

beforeEach(async () => {
  [port = 0] = await findFreePorts(1);
  lines = [];
});
afterEach(async () => {
  await service?.stop();
  service = undefined;
});

/** Starts the built program as it is without any server. */
function launch(environment: Record<string, string> = {}): ServiceProcess {
  const all = {
    ...EMBEDDED,
    PORT: String(port),
    FULFILMENT_DELAY_MS: '0',
    LOG_FORMAT: 'json',
    ...environment,
  };
  service = ServiceProcess.start('service', all, (line) => lines.push(line));
  return service;
}

async function ready(): Promise<void> {
  const isReady = async () => (await fetch(`http://127.0.0.1:${port}/health/ready`)).ok;
  await waitFor('ready or ended', async () => !service?.runs || (await isReady()), { deadlineMs: 30_000 });
  if (!service?.runs) throw new Error(`the process ended:\n${lines.join('\n')}`);
}

function send(url = `http://127.0.0.1:${port}/api/Order/Send`, body = '{"orderId":"one","product":"tea"}') {
  return fetch(url, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
}

/** The lines of the log, in JSON. */
const log = () =>
  lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Record<string, unknown>);
const messages = () => log().map(({ message }) => message);

describe('the built program without any server', () => {
  it('is ready by itself, and prints what to open and what to try, which works', async () => {
    launch({ LOG_FORMAT: 'pretty' });
    await ready();
    await waitFor('the banner', () => lines.some((line) => line.includes('Try it')));

    const [swagger] = lines.flatMap((line) => /Swagger +(\S+)$/.exec(line)?.[1] ?? []);
    const [health] = lines.flatMap((line) => /Health +(\S+)$/.exec(line)?.[1] ?? []);
    const [, url, body] =
      /curl -i (\S+) .* -d '(.*)'$/.exec(lines.find((line) => line.includes('curl')) ?? '') ?? [];
    expect((await fetch(swagger ?? '')).status).toBe(200);
    expect((await fetch(health ?? '')).status).toBe(200);
    expect((await send(url, body)).status).toBe(202);
  });

  it('serves HTTPS with a certificate, and says so', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'https-'));
    try {
      const [TLS_CERT, TLS_KEY] = [join(folder, 'tls.crt'), join(folder, 'tls.key')];
      await writeFile(TLS_CERT, CERTIFICATES.server.cert);
      await writeFile(TLS_KEY, CERTIFICATES.server.key);
      launch({ TLS_CERT, TLS_KEY });
      await waitFor('the banner', () => lines.some((line) => line.includes('Try it')), {
        deadlineMs: 30_000,
      });
      const [health = ''] = lines.flatMap((line) => /Health +(\S+)$/.exec(line)?.[1] ?? []);
      const [response] = (await once(get(health, { ca: AUTHORITIES.one, agent: false }), 'response')) as [
        IncomingMessage,
      ];
      response.resume();

      expect(response.statusCode).toBe(200);
      expect(health).toBe(`https://localhost:${port}/health/ready`);
      expect(log()).toContainEqual(
        expect.objectContaining({ message: LOG_LINES.listening, port, scheme: 'https' }),
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('has orders fulfilled at FULFILMENT_URL, and shows what is refused there as rejected', async () => {
    const fulfilment = createHttpServer((_request, response) => {
      response.writeHead(422, { 'Content-Type': 'application/problem+json' }).end('{"detail":"sold out"}');
    }).listen(0, '127.0.0.1');
    await once(fulfilment, 'listening');
    try {
      const { port: fulfilmentPort } = fulfilment.address() as AddressInfo;
      launch({ FULFILMENT_URL: `http://127.0.0.1:${fulfilmentPort}/orders` });
      await ready();
      await send();
      const found = await waitFor('the order', async () => {
        const response = await fetch(`http://127.0.0.1:${port}/api/Order/one`);
        return response.ok && response.json();
      });
      expect(found).toMatchObject({ status: 'rejected', rejectionReason: 'sold out' });
    } finally {
      fulfilment.close();
      fulfilment.closeAllConnections();
    }
  });

  it('processes an order, and exits with 0 at SIGTERM', async () => {
    const process = launch();
    await ready();
    expect((await send()).status).toBe(202);
    await waitFor('the order', async () => (await fetch(`http://127.0.0.1:${port}/api/Order/one`)).ok);

    expect(await process.stop()).toBe(0);
    expect(log()).toContainEqual(expect.objectContaining({ message: LOG_LINES.processed, orderId: 'one' }));
    expect(messages().slice(-2)).toEqual([LOG_LINES.stopping, LOG_LINES.stopped]);
  });

  it('writes debug lines from one SIGUSR2 to the next, says so, and goes on', async () => {
    const process = launch({ LOG_LEVEL: 'warn' });
    await ready();
    const sendAs = (id: string) => send(undefined, JSON.stringify({ orderId: id, product: 'tea' }));
    await sendAs('before');
    process.signal('SIGUSR2');
    await waitFor('debug on', () => messages().includes(LOG_LINES.debugOn));
    await sendAs('between');
    await waitFor('the order', () => messages().includes(LOG_LINES.processed));
    process.signal('SIGUSR2');
    await waitFor('debug off', () => messages().includes(LOG_LINES.debugOff));
    await sendAs('after');
    await ready();

    expect(await process.stop()).toBe(0);
    const ids = log().flatMap(({ orderId }) => (typeof orderId === 'string' ? [orderId] : []));
    expect(new Set(ids)).toEqual(new Set(['between']));
    expect(log().some(({ level }) => level === 'debug')).toBe(true);
    expect(messages().at(-1)).toBe(LOG_LINES.debugOff);
  });

  it('finishes an order that is in flight at SIGTERM', async () => {
    const process = launch({ FULFILMENT_DELAY_MS: '1000' });
    await ready();
    await send();
    await ready(); // an event loop turn later a replica has it

    expect(await process.stop()).toBe(0);
    expect(messages().slice(-3)).toEqual([LOG_LINES.stopping, LOG_LINES.processed, LOG_LINES.stopped]);
  });

  it('exits with 1 after a rejection that nobody caught, and logs it', async () => {
    const code = "process.once('SIGWINCH', () => { Promise.reject(new Error('nobody caught this')); })";
    const process = launch({ NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(code)}` });
    await ready();
    process.signal('SIGWINCH');

    expect(await process.exited).toBe(1);
    expect(log()).toContainEqual(
      expect.objectContaining({
        level: 'error',
        message: LOG_LINES.failed,
        error: expect.objectContaining({
          message: 'nobody caught this',
          stack: expect.stringContaining('    at ') as unknown,
        }) as unknown,
      }),
    );
  });
});

/** Runs the built program to its end. */
function run(environment: Record<string, string>, cwd = process.cwd()) {
  const { LOG_FORMAT: _format, ...inherited } = process.env;
  const env = { ...inherited, ...EMBEDDED, ...environment };
  return new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, [MAIN], { env, cwd }, (error, stdout, stderr) => {
      resolve({ code: error?.code, stdout, stderr });
    });
  });
}

describe('the built program that can’t run', () => {
  it('exits with 1 and names every problem of its configuration', async () => {
    const { code, stdout, stderr } = await run({ ROLE: 'api', PORT: 'x', LOG_LEVEL: 'loud' });

    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr.split('\n')).toEqual([
      "the configuration can't be used:",
      '  PORT=x must be a whole number from 0 to 65535',
      '  LOG_LEVEL=loud must be one of error, warn, info, debug',
      "  ROLE=api needs MESSAGING=kafka: messages in memory can't leave their process",
      '',
    ]);
  });

  it('reads .env where it is started, and the environment wins', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'order-service-'));
    try {
      await writeFile(join(folder, '.env'), 'LOG_FORMAT=of .env\nLOG_LEVEL=of .env\n');
      const { stderr } = await run({ LOG_LEVEL: 'of the environment' }, folder);

      expect(stderr).toContain('LOG_FORMAT=of .env must');
      expect(stderr).toContain('LOG_LEVEL=of the environment must');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('exits with 1 when its port is in use, and says so', async () => {
    const other = createServer().listen(port, '127.0.0.1');
    await once(other, 'listening');
    try {
      expect(await launch().exited).toBe(1);
    } finally {
      other.close();
    }

    expect(lines.join('\n')).toContain(`127.0.0.1:${port} is in use: set PORT to another port`);
  });
});
