import { afterEach, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { waitFor } from '../../packages/delivery/src/contract/wait-for.js';
import { findFreePorts } from '../../tools/dev-servers/free-ports.js';
import { ServiceProcess } from '../../tools/dev-servers/service-process.js';
import { LOG_LINES } from '../../tools/log-lines.js';
import { blocksOf, commandsOf, linesOf, readPage, type Block } from '../support/pages.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

/** The pages that start the service in memory. */
const PAGES = ['README.md', 'docs/tutorials/first-order.md', 'docs/how-to/embedded.md'];

/** Each command of these pages is run, but for these. */
const SKIPPED: readonly { readonly command: RegExp; readonly why: string }[] = [
  { command: /^(git clone|cd) |^npm ci$/, why: 'the test runs in a clone, with its packages' },
  { command: /^(npm (run )?test|npm run (chaos|bench|guarantees)|\.ci\/run)/, why: 'tests run no tests' },
  { command: /^(docker|replica=|sleep) ?/, why: 'needs Docker; see test/architecture/page-commands.spec.ts' },
  { command: /^npm run local/, why: 'needs Kafka; see test/architecture/page-commands.spec.ts' },
  { command: /orders\.ndjson|some-export/, why: 'the file is the reader’s' },
  { command: /^node --test/, why: 'a test below runs it' },
];
/** The defaults, whatever this machine says. */
const EMBEDDED = {
  ROLE: 'all',
  MESSAGING: 'in-memory',
  STORE: 'in-memory',
  LOG_LEVEL: 'info',
  LOG_FORMAT: 'pretty',
};
const START = /^(?:npm ci && )?((?:[A-Z_]+=\S+ )*)npm start$/;
/** What only reads is repeated until it prints what the page shows. */
const ACTS = / -d |redrive|discard/;
const LOG = /^\d\d:\d\d:\d\d\.\d{3} /;

const VARYING: readonly (readonly [RegExp, string])[] = [
  [/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<date>'],
  [/\d\d:\d\d:\d\d\.\d{3}/g, '<time>'],
  [/[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}/g, '<id>'],
  [/(?<=durationMs=|retryInMs=)\d+/g, '<ms>'],
  [/(?<=^\d+-\d+ +)\d+s/gm, '<age>'],
  [/\r/g, ''],
  [/ +/g, ' '],
];

interface Step {
  readonly command: string;
  /** What the page says that it prints. */
  readonly shown?: string;
}

let service: ServiceProcess | undefined;
afterEach(async () => {
  await service?.stop();
  service = undefined;
});

describe('the pages about the service in memory', () => {
  it.each(PAGES)(
    '%s shows what its commands print, and what the service logs',
    async (page) => {
      const [port = 0] = await findFreePorts(1);
      const text = readPage(page)
        .replaceAll('localhost:5000', `localhost:${port}`)
        .replaceAll('port=5000', `port=${port}`);
      const blocks = blocksOf(text);
      const log: string[] = [];
      service = ServiceProcess.start('service', environmentOf(blocks, port), (line) => log.push(line));
      await waitFor('ready', () => log.some((line) => line.includes(LOG_LINES.ready)));

      for (const step of stepsOf(blocks)) await follow(step, port);
      service.signal('SIGINT');
      expect(await service.exited).toBe(0);

      const shown = blocks.filter((block) => LOG.test(block.text)).flatMap((block) => linesOf(block.text));
      const missing = shown.filter((line) => !log.some((logged) => isShortened(line, logged)));
      expect(missing).toEqual([]);
    },
    120_000,
  );

  it('have a test of the reader’s own, which passes', async () => {
    const [test] = blocksOf(readPage('docs/how-to/embedded.md')).filter(({ language }) => language === 'js');
    const folder = await mkdtemp(join(tmpdir(), 'order-service-'));
    try {
      await writeFile(join(folder, 'orders.test.mjs'), test?.text ?? '');
      const env = { ...process.env, ORDER_SERVICE: ROOT };
      const { stdout } = await run(process.execPath, ['--test', 'orders.test.mjs'], { cwd: folder, env });
      expect(stdout).toMatch(/pass 1$/m);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

/** As the page starts it, on another port. */
function environmentOf(blocks: readonly Block[], port: number): Record<string, string> {
  const starts = shell(blocks).flatMap((block) =>
    commandsOf(block).flatMap((command) => START.exec(command) ?? []),
  );
  const [, variables] = starts;
  if (variables === undefined) throw new Error('the page does not say npm start');
  const entries = variables.split(' ').filter((variable) => variable !== '');
  return {
    ...EMBEDDED,
    ...Object.fromEntries(entries.map((variable) => variable.split('=') as [string, string])),
    PORT: String(port),
    REPLICA_ID: 'laptop', // the host name, in the pages
  };
}

/** The commands to run. What one prints stands in a comment below it, or in the next block of its section. */
function stepsOf(blocks: readonly Block[]): Step[] {
  return shell(blocks).flatMap((block) => {
    const lines = linesOf(block.text);
    const output = outputOf(block, blocks[blocks.indexOf(block) + 1]);
    return lines.flatMap((command, index) => {
      const isSkipped = START.test(command) || SKIPPED.some((skipped) => skipped.command.test(command));
      if (command === '' || command.startsWith('#') || isSkipped) return [];
      const comment = /^# (\{.*)/.exec(lines[index + 1] ?? '')?.[1];
      const shown = comment ?? (index === lines.length - 1 ? output : undefined);
      return [{ command, ...(shown !== undefined && { shown }) }];
    });
  });
}

/** JSON as the service prints it: in one line. */
function outputOf(block: Block, next: Block | undefined): string | undefined {
  if (next?.section !== block.section || LOG.test(next.text)) return undefined;
  if (next.language === 'json') return JSON.stringify(JSON.parse(next.text));
  return next.language === 'text' ? next.text : undefined;
}

const shell = (blocks: readonly Block[]) => blocks.filter(({ language }) => language === 'sh');

async function follow({ command, shown = '...' }: Step, port: number): Promise<void> {
  const env = { ...process.env, ORDER_SERVICE_URL: `http://localhost:${port}` };
  const printsIt = async () => {
    const { stdout } = await run('bash', ['-c', command], { cwd: ROOT, env });
    expect(normalise(stdout)).toMatch(toPattern(normalise(shown)));
    return true;
  };
  await (ACTS.test(command) ? printsIt() : waitFor(command, printsIt, { deadlineMs: 30_000 }));
}

/** `...` stands for anything. */
function toPattern(text: string): RegExp {
  const parts = text.split(/\.{3}|…/).map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${parts.join('[^]*')}$`);
}

function normalise(text: string): string {
  return VARYING.reduce((normal, [what, name]) => normal.replaceAll(what, name), text.trim());
}

/** Whether the line of a page has the words of a line of the log; some may be left out. */
function isShortened(line: string, logged: string): boolean {
  const shown = normalise(line)
    .split(' ')
    .filter((word) => word !== '...');
  for (const word of normalise(logged).split(' ')) {
    if (shown[0] !== undefined && toPattern(shown[0]).test(word)) shown.shift();
  }
  return shown.length === 0;
}
