import { InvalidArgumentError, type Command } from 'commander';
import { randomUUID } from 'node:crypto';
import { importChunks, type ImportListener, type ImportResult } from './import-chunks.js';
import { ImportFile, type ImportState } from './import-file.js';
import { printable } from './dead-letter-text.js';
import { addOneOrderCommands } from './one-order.js';
import { ServiceClient } from './service-client.js';
import { print, Progress, type CommonOptions, type Terminal } from './terminal.js';

interface ImportOptions extends CommonOptions {
  readonly importKey?: string;
}

/** So many invalid lines are reported one by one. */
const MAX_REPORTED = 1_000;
const MAX_KEY = 240;
const START = { line: 1, byte: 0, accepted: 0, invalid: 0 };
const NOTES = `
A line of the file: {"product":"Coffee grinder","quantity":2}

An order without an orderId gets one that is made of the file's content and the number of its line: a file that is
imported twice takes effect once. An import that was interrupted, by Ctrl-C too, resumes where it was when the same
command is run again. Invalid lines are reported on standard error.

Examples:
  npm run orders -- import orders.ndjson
  some-export | npm run orders -- import -`;

/** The commands about orders. */
export function addOrderCommands(program: Command, terminal: Terminal): void {
  program.description('Sends orders to a service, and shows what became of them.');
  addOneOrderCommands(program, terminal);
  const command = program.command('import').summary('import the orders of a file');
  command
    .description('Imports the orders of a file, a JSON object a line.')
    .argument('<file>', 'path of the file; - reads standard input')
    .option(
      '--import-key <key>',
      "idempotency key; the file's hash if absent, a new one for standard input",
      parseKey,
    )
    .action((path: string, options: ImportOptions) => importOrders(path, options, command, terminal))
    .addHelpText('after', NOTES);
}

async function importOrders(
  path: string,
  options: ImportOptions,
  command: Command,
  terminal: Terminal,
): Promise<void> {
  const { stderr, stdin, now } = terminal;
  const file = path === '-' ? undefined : await openFile(path, command);
  const key = options.importKey ?? file?.hash ?? randomUUID();
  const start = (await file?.loadState(key)) ?? { ...START, key };
  if (start.line > 1) stderr.write(`resuming at line ${start.line}\n`);

  const startedAt = now();
  const progress = new Progress(stderr, file?.bytes);
  const told = new Set<string>();
  let invalid = 0;
  const save = (state: ImportState): void =>
    file?.saveState(state, (why) =>
      progress.log(`the position can't be saved (${why}): when it is interrupted, the next run starts anew`),
    );
  const listener: ImportListener = {
    onInvalid: ({ line, why }) => {
      if (++invalid <= MAX_REPORTED) progress.log(`line ${line}: ${printable(why)}`);
    },
    onRetry: (why) => {
      if (!told.has(why)) progress.log(`${why}; retrying`);
      told.add(why);
    },
    onProgress: (state) => {
      progress.show(state.byte, describeProgress(state, start, now() - startedAt, file?.bytes));
      save(state);
    },
  };
  const client = new ServiceClient(options);
  const result = await importChunks(
    file?.read(start.byte) ?? stdin,
    start,
    client,
    terminal,
    listener,
  ).finally(() => progress.end());
  if (result.complete) await file?.removeState();
  report(result, file !== undefined, options, terminal);
}

function report(
  { state, complete, failure }: ImportResult,
  canResume: boolean,
  options: ImportOptions,
  terminal: Terminal,
): void {
  const { accepted, invalid, line } = state;
  const result = { accepted, invalid, complete, line, failure };
  print(terminal, options, result, [`${accepted} orders imported, ${invalid} invalid`]);
  if (failure !== undefined) terminal.stderr.write(`${failure}\n`);
  const again = canResume ? '; run the same again to resume' : '';
  if (!complete) terminal.stderr.write(`stopped before line ${line}${again}\n`);
  if (!complete || invalid > 0) terminal.exitCode = 1;
}

/** `412000 lines, 31200/s, 3 invalid, 18 s left` */
function describeProgress(
  state: ImportState,
  start: ImportState,
  ms: number,
  bytes: number | undefined,
): string {
  const rate = ((state.line - start.line) / Math.max(ms, 1)) * 1_000;
  const bytesPerMs = (state.byte - start.byte) / Math.max(ms, 1);
  const left =
    bytes === undefined || bytesPerMs === 0
      ? ''
      : `, ${Math.ceil((bytes - state.byte) / bytesPerMs / 1_000)} s left`;
  return `${state.line - 1} lines, ${Math.round(rate)}/s, ${state.invalid} invalid${left}`;
}

async function openFile(path: string, command: Command): Promise<ImportFile> {
  try {
    return await ImportFile.open(path);
  } catch (error) {
    return command.error(`error: '${path}' can't be read: ${(error as Error).message}`);
  }
}

/** As the header Idempotency-Key takes it. */
function parseKey(text: string): string {
  if (text.length <= MAX_KEY && /^[\x21-\x7e]+$/.test(text)) return text;
  throw new InvalidArgumentError(`It must be 1 to ${MAX_KEY} visible ASCII characters.`);
}
