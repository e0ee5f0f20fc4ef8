import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { ExitCode, Terminal } from './dead-letters.js';
import { parseImport, type ImportRequest } from './import-arguments.js';
import { importChunks, type ImportResult } from './import-chunks.js';
import { ImportStateFile, type ImportState } from './import-state.js';
import { lineChunks } from './line-chunks.js';
import { printable } from './letter-text.js';
import { WrongUsage } from './option-values.js';
import { Progress } from './progress.js';

const BLOCK_BYTES = 256 * 1024;
const SAVE_EVERY_MS = 1_000;
/** So many invalid lines are told one by one. */
const MAX_TOLD = 1_000;
const START = { line: 1, byte: 0, accepted: 0, invalid: 0 };

export interface OrdersTerminal extends Terminal {
  readonly stdin: AsyncIterable<Buffer>;
}

/** The commands about orders. Answers how the process ends. */
export async function runOrders(args: readonly string[], terminal: OrdersTerminal): Promise<ExitCode> {
  try {
    const request = parseImport(args, terminal.serviceUrl);
    if (typeof request === 'string') {
      terminal.stdout.write(`${request}\n`);
      return 0;
    }
    return await importFrom(request, terminal);
  } catch (error) {
    if (!(error instanceof WrongUsage)) throw error;
    terminal.stderr.write(`${error.message}\nSee: npm run orders -- import --help\n`);
    return 2;
  }
}

async function importFrom(request: ImportRequest, terminal: OrdersTerminal): Promise<ExitCode> {
  const { file } = request;
  const { stderr, now } = terminal;
  const pace = { ...terminal, stopped: terminal.untilInterrupted() };
  const source = file === undefined ? undefined : await sourceOf(file);
  const key = request.key ?? source?.hash ?? randomUUID();
  const states = source && new SavedStates(source.states, terminal);
  const begun = (await source?.states.load(key)) ?? { ...START, key };
  if (begun.line > 1) stderr.write(`goes on at line ${begun.line}\n`);

  const progress = new Progress(stderr, source?.bytes);
  const startedAt = now();
  const said = new Set<string>();
  let told = 0;
  const result = await importChunks(
    lineChunks(source?.read(begun.byte) ?? terminal.stdin, begun),
    begun,
    request.url,
    pace,
    {
      invalid: (line, why) => {
        if (++told <= MAX_TOLD) stderr.write(`line ${line}: ${printable(why)}\n`);
      },
      waiting: (why) => {
        if (!said.has(why)) stderr.write(`${why}; trying again\n`);
        said.add(why);
      },
      progressed: async (state) => {
        progress.show(state.byte, progressOf(state, begun, now() - startedAt, source?.bytes));
        await states?.keep(state);
      },
    },
  );
  progress.end();
  if (result.complete) await source?.states.remove();
  else await states?.save(result.state);
  return report(result, request, terminal);
}

function report(
  { state, complete, failure }: ImportResult,
  { json, file }: ImportRequest,
  terminal: Terminal,
): ExitCode {
  const { accepted, invalid, line } = state;
  if (json) terminal.stdout.write(`${JSON.stringify({ accepted, invalid, complete, line, failure })}\n`);
  else terminal.stdout.write(`${accepted} orders imported, ${invalid} invalid\n`);
  if (failure !== undefined) terminal.stderr.write(`${failure}\n`);
  const again = file === undefined ? '' : '; run the same again to go on';
  if (!complete) terminal.stderr.write(`stopped before line ${line}${again}\n`);
  return complete && invalid === 0 ? 0 : 1;
}

/** `412000 lines, 31200/s, 3 invalid, 18 s left` */
function progressOf(state: ImportState, begun: ImportState, ms: number, total: number | undefined): string {
  const rate = ((state.line - begun.line) / Math.max(ms, 1)) * 1_000;
  const bytesPerMs = (state.byte - begun.byte) / Math.max(ms, 1);
  const left =
    total === undefined || bytesPerMs === 0
      ? ''
      : `, ${Math.ceil((total - state.byte) / bytesPerMs / 1_000)} s left`;
  return `${state.line - 1} lines, ${Math.round(rate)}/s, ${state.invalid} invalid${left}`;
}

/** A file that is imported. @throws WrongUsage when it can't be read */
async function sourceOf(file: string) {
  try {
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const block of createReadStream(file) as AsyncIterable<Buffer>) {
      hash.update(block);
      bytes += block.length;
    }
    const read = (start: number): AsyncIterable<Buffer> =>
      createReadStream(file, { start, highWaterMark: BLOCK_BYTES });
    return { bytes, hash: `sha256:${hash.digest('hex')}`, states: new ImportStateFile(file), read };
  } catch (error) {
    throw new WrongUsage(`'${file}' can't be read: ${(error as Error).message}`, { cause: error });
  }
}

/** Saves how far it is, once a second at most; where that fails, says so once. */
class SavedStates {
  private savedAt = -Infinity;
  private canSave = true;

  constructor(
    private readonly file: ImportStateFile,
    private readonly terminal: Terminal,
  ) {}

  async keep(state: ImportState): Promise<void> {
    if (this.terminal.now() - this.savedAt >= SAVE_EVERY_MS) await this.save(state);
  }

  async save(state: ImportState): Promise<void> {
    if (!this.canSave) return;
    this.savedAt = this.terminal.now();
    try {
      await this.file.save(state);
    } catch (error) {
      this.canSave = false;
      const why = (error as Error).message;
      this.terminal.stderr.write(
        `how far it is can't be kept (${why}): run again, it begins anew, and doubles nothing\n`,
      );
    }
  }
}
