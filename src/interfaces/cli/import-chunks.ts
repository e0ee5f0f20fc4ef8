import type { ImportSummary } from '../http/orders/order-dtos.js';
import type { ImportState } from './import-file.js';
import { ServiceFailed, ServiceUnavailable, type InvalidLine, type ServiceClient } from './service-client.js';
import type { Terminal } from './terminal.js';

export interface ImportResult {
  /** Everything before its line is published or invalid. */
  readonly state: ImportState;
  readonly complete: boolean;
  /** Why it is not complete, unless it was interrupted. */
  readonly failure?: string;
}

export interface ImportListener {
  readonly onInvalid: (line: InvalidLine) => void;
  /** A chunk waits, to be sent again. */
  readonly onRetry: (why: string) => void;
  readonly onProgress: (state: ImportState) => void;
}

/** Whole lines, sent in one request. */
interface LineChunk {
  readonly firstLine: number;
  readonly bytes: Buffer;
  /** Where the next chunk begins. */
  readonly endLine: number;
  readonly endByte: number;
}

type CompletedChunk = Omit<LineChunk, 'bytes'> & Pick<ImportSummary, 'accepted' | 'invalid'>;

const NEWLINE = 0x0a;
const MAX_IN_FLIGHT = 3;
const PATIENCE_MS = 60_000;
const MIN_WAIT_MS = 200;
const MAX_WAIT_MS = 5_000;

/**
 * Sends the blocks in chunks of whole lines, some concurrently, each until all of its lines are published or invalid.
 * Ends early when it is interrupted, or when nothing got through for a minute. Hand-written: it must know what to resume.
 */
export async function importChunks(
  blocks: AsyncIterable<Buffer>,
  start: ImportState,
  client: ServiceClient,
  { now, wait, untilInterrupted }: Terminal,
  { onInvalid, onRetry, onProgress }: ImportListener,
): Promise<ImportResult> {
  const interrupted = untilInterrupted();
  let state = start;
  let lastProgressAt = now();
  let failure: string | undefined;
  const mayGoOn = (): boolean => failure === undefined && !interrupted.aborted;

  const send = async ({ bytes, ...chunk }: LineChunk): Promise<CompletedChunk | undefined> => {
    for (let waitMs = MIN_WAIT_MS; mayGoOn(); waitMs = Math.min(2 * waitMs, MAX_WAIT_MS)) {
      try {
        const { invalidLines, ...counts } = await client.importLines(bytes, chunk.firstLine, start.key);
        invalidLines.forEach(onInvalid);
        lastProgressAt = now();
        return { ...chunk, ...counts };
      } catch (error) {
        if (!(error instanceof ServiceFailed)) throw error;
        if (!(error instanceof ServiceUnavailable) || now() - lastProgressAt > PATIENCE_MS)
          failure = error.message;
        if (!mayGoOn()) break;
        onRetry(error.message);
      }
      await wait(waitMs);
    }
    return undefined;
  };
  const advance = (completed: CompletedChunk | undefined): void => {
    if (completed?.firstLine !== state.line) return;
    const { endLine: line, endByte: byte, accepted, invalid } = completed;
    state = {
      key: state.key,
      line,
      byte,
      accepted: state.accepted + accepted,
      invalid: state.invalid + invalid,
    };
    onProgress(state);
  };

  const inFlight = new Set<Promise<unknown>>();
  let advanced = Promise.resolve(); // in the order of the lines, whichever chunk is completed first
  for await (const chunk of cutIntoChunks(blocks, start)) {
    const sent = send(chunk).finally(() => inFlight.delete(sent));
    inFlight.add(sent);
    advanced = Promise.all([sent, advanced]).then(([completed]) => advance(completed));
    if (inFlight.size === MAX_IN_FLIGHT) await Promise.race(inFlight);
    if (!mayGoOn()) break;
  }
  await advanced;
  return { state, complete: mayGoOn(), ...(failure !== undefined && { failure }) };
}

/** Hand-written: readline tells no byte to resume at. A line without end grows until the last block. */
async function* cutIntoChunks(
  blocks: AsyncIterable<Buffer>,
  { line, byte }: ImportState,
): AsyncGenerator<LineChunk, void> {
  const begun: Buffer[] = [];
  const cut = (bytes: Buffer): LineChunk => {
    const firstLine = line;
    line += countLines(bytes);
    byte += bytes.length;
    return { firstLine, bytes, endLine: line, endByte: byte };
  };
  for await (const block of blocks) {
    const end = block.lastIndexOf(NEWLINE) + 1;
    if (end > 0) yield cut(Buffer.concat([...begun.splice(0), block.subarray(0, end)]));
    if (end < block.length) begun.push(block.subarray(end));
  }
  if (begun.length > 0) yield cut(Buffer.concat(begun));
}

/** With or without an end of the last. */
function countLines(bytes: Buffer): number {
  let lines = bytes.at(-1) === NEWLINE ? 0 : 1;
  for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) lines++;
  return lines;
}
