import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { readFileSync } from 'node:fs';
import { addDeadLetterCommands } from './dead-letters.js';
import { addOrderCommands } from './orders.js';
import { ServiceFailed } from './service-client.js';
import type { Terminal } from './terminal.js';

const DEFAULT_URL = 'http://localhost:5000';
const MAX_HELP_WIDTH = 100;
const NOT_DONE = 1;
/** Commander's own is 1, which would not tell a wrong option from a failure. */
const NOT_UNDERSTOOD = 2;
const EXIT_CODES = `
Exit codes:
  0  everything is done
  1  it failed, or is done in part
  2  the command was not understood`;

const SCRIPTS = new Map([
  ['dead-letters', addDeadLetterCommands],
  ['orders', addOrderCommands],
]);

/** Runs `dead-letters …` or `orders …`, as the scripts of package.json are named. */
export async function run([script, ...args]: readonly string[], terminal: Terminal): Promise<void> {
  try {
    await createProgram(script, terminal).parseAsync(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) {
      terminal.exitCode = error.exitCode === 0 ? 0 : NOT_UNDERSTOOD;
    } else if (error instanceof ServiceFailed) {
      terminal.stderr.write(`${error.message}\n`);
      terminal.exitCode = NOT_DONE;
    } else throw error;
  }
}

function createProgram(script = '', terminal: Terminal): Command {
  const { stdout, stderr } = terminal;
  const program: Command = new Command(`npm run ${script} --`)
    .version(readVersion())
    .exitOverride()
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      getOutHelpWidth: () => stdout.columns ?? MAX_HELP_WIDTH,
      getErrHelpWidth: () => stderr.columns ?? MAX_HELP_WIDTH,
    });
  const addCommands = SCRIPTS.get(script);
  if (addCommands === undefined) program.error(`error: say what: ${[...SCRIPTS.keys()].join(' or ')}`);
  program.showHelpAfterError(`See: ${program.name()} --help`).addHelpText('afterAll', EXIT_CODES);
  addCommands(program, terminal);
  for (const command of program.commands) {
    command
      .option('--json', 'print JSON (with npm run --silent nothing else)')
      .addOption(
        new Option('--url <url>', 'URL of the service')
          .default(DEFAULT_URL)
          .env('ORDER_SERVICE_URL')
          .argParser(parseUrl),
      )
      .addOption(new Option('--key <key>', 'API key or token of the client').env('ORDER_SERVICE_KEY'))
      .showHelpAfterError(`See: ${program.name()} ${command.name()} --help`);
  }
  return program;
}

function readVersion(): string {
  const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** Without a slash at its end. */
function parseUrl(text: string): string {
  if (text === '') return DEFAULT_URL;
  if (URL.canParse(text) && /^https?:/.test(text)) return text.replace(/\/+$/, '');
  throw new InvalidArgumentError(`It must be the URL of a service, such as ${DEFAULT_URL}.`);
}
