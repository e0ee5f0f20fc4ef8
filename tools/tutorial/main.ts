import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { findFreePorts } from '../dev-servers/free-ports.js';
import { parsePage, type Change, type Command } from './page.js';
import { runCommand, type Environment } from './run-command.js';
import { Shell } from './shell.js';
import { Workspace } from './workspace.js';

const PAGE = 'docs/tutorials/your-own-aggregate.md';
const USAGE = `npm run tutorial -- [--keep] [page]

Does what a page says (${PAGE} by default) in a copy of the repository. It applies the diffs and
runs the commands. Each must fail or succeed as the page says, and print what the page shows. Exit code 1 when one does not,
2 when the options are wrong.

  --keep   leaves the copy for you to look at
`;
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const say = (line: string): boolean => process.stdout.write(`${line}\n`);
const secondsSince = (time: number): string => ((Date.now() - time) / 1_000).toFixed(1);
const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const { page, keep } = readOptions();
const workspace = new Workspace(ROOT);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop(130));
try {
  await follow();
  await stop(0);
} catch (error) {
  say(`\n${textOf(error)}`);
  await stop(1);
}

function readOptions(): { readonly page: string; readonly keep: boolean } {
  try {
    const options = { keep: { type: 'boolean', default: false } } as const;
    const { values, positionals } = parseArgs({ allowPositionals: true, options });
    const [name = PAGE] = positionals;
    if (!existsSync(name)) throw new Error(`there is no page ${name}`);
    return { page: name, keep: values.keep };
  } catch (error) {
    say(`${textOf(error)}\n\n${USAGE}`);
    process.exit(2);
  }
}

async function follow(): Promise<void> {
  const { PATH = '', HOME = '' } = process.env;
  const [port] = await findFreePorts(1);
  const begunAt = Date.now();
  const environment = { PATH, HOME, PORT: String(port), NO_COLOR: '1' };
  for (const { title, actions } of parsePage(readFileSync(page, 'utf8'))) {
    say(`\n${title}`);
    for (const action of actions) {
      const startedAt = Date.now();
      const outcome = await perform(action, environment).catch((error: unknown) => {
        throw new Error(`${page}:${action.line}, in '${title}':\n${textOf(error)}`, { cause: error });
      });
      say(`  line ${action.line}: ${outcome} (${secondsSince(startedAt)} s)`);
    }
  }
  say(`\nAll of it is as the page says (${secondsSince(begunAt)} s)`);
}

async function perform(action: Command | Change, environment: Environment): Promise<string> {
  if (action.kind === 'command')
    return `$ ${action.script.trim()}: ${await runCommand(action, workspace.folder, environment)}`;
  workspace.apply(action.diff);
  return 'the diff applies';
}

async function stop(code: number): Promise<void> {
  await Shell.stopAll();
  if (keep) say(`\nThe copy is in ${workspace.folder}`);
  else workspace.remove();
  process.exit(code);
}
