import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { run } from './program.js';
import type { Terminal } from './terminal.js';

const { argv, stdin, stdout, stderr } = process;
const interrupted = new AbortController();

const terminal: Terminal = {
  stdin,
  stdout,
  stderr,
  exitCode: 0,
  ask: stdin.isTTY && stderr.isTTY ? ask : undefined,
  untilInterrupted: () => {
    process.on('SIGINT', () => interrupted.abort());
    return interrupted.signal;
  },
  now: () => Date.now(),
  // rejects only when it is interrupted
  wait: (ms) => delay(Math.max(0, ms), undefined, { signal: interrupted.signal }).catch(() => undefined),
};

await run(argv.slice(2), terminal);
process.exitCode = terminal.exitCode;

async function ask(question: string): Promise<string | undefined> {
  stderr.write(question);
  const lines = createInterface({ input: stdin });
  const [line] = (await Promise.race([once(lines, 'line'), once(lines, 'close')])) as (string | undefined)[];
  lines.close(); // a terminal that is read from keeps the process
  return line?.trim();
}
