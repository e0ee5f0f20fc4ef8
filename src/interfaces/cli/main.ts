import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { runDeadLetters } from './dead-letters.js';
import { runOrders } from './orders.js';

const { argv, env, stdin, stdout, stderr } = process;
const interrupted = new AbortController();

const [program, ...args] = argv.slice(2);
const run = program === 'orders' ? runOrders : runDeadLetters;

process.exitCode = await run(args, {
  stdin,
  stdout,
  stderr,
  serviceUrl: env['ORDER_SERVICE_URL'],
  ...(stdin.isTTY && stderr.isTTY ? { ask } : {}),
  untilInterrupted: () => {
    process.on('SIGINT', () => interrupted.abort());
    return interrupted.signal;
  },
  now: () => Date.now(),
  wait,
});

async function ask(question: string): Promise<string | undefined> {
  stderr.write(question);
  const lines = createInterface({ input: stdin });
  const [line] = (await Promise.race([once(lines, 'line'), once(lines, 'close')])) as (string | undefined)[];
  lines.close(); // a terminal that is read from keeps the process
  return line?.trim();
}

async function wait(ms: number): Promise<void> {
  try {
    if (ms > 0) await delay(ms, undefined, { signal: interrupted.signal });
  } catch (error) {
    if (!interrupted.signal.aborted) throw error;
  }
}
