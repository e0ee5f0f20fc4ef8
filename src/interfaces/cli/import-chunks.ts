import type { ImportSummary } from '../http/orders/order-dtos.js';
import { NDJSON_MEDIA_TYPE } from '../http/orders/ndjson.js';
import type { ProblemDetails } from '../http/problems/problem-details.js';
import type { ImportState } from './import-state.js';
import type { Pace } from './in-chunks.js';
import type { LineChunk } from './line-chunks.js';
import { ask, lineOf, ServiceFailed } from './service-client.js';

export interface ImportResult {
  /** All before its line is in the log or was invalid. */
  readonly state: ImportState;
  readonly complete: boolean;
  /** Why it is not complete, unless it was interrupted. */
  readonly failure?: string;
}

export interface ImportListener {
  invalid(line: number, why: string): void;
  /** A chunk waits: the service is away, or does not take it in. */
  waiting(why: string): void;
  progressed(state: ImportState): Promise<void>;
}

interface Settled {
  readonly accepted: number;
  readonly invalid: number;
}

interface AnswerLine {
  readonly line?: number;
  readonly problem?: ProblemDetails;
  readonly summary?: ImportSummary;
}

const SENT_SIDE_BY_SIDE = 3;
const PATIENCE_MS = 60_000;
const MIN_WAIT_MS = 200;
const MAX_WAIT_MS = 5_000;

/**
 * Sends chunk after chunk, some side by side, each again until the service has settled all of its lines. Ends early when
 * it is interrupted, or when nothing got through for a minute.
 */
export async function importChunks(
  chunks: AsyncGenerator<LineChunk, void>,
  begun: ImportState,
  url: string,
  { now, wait, stopped }: Pace,
  listener: ImportListener,
): Promise<ImportResult> {
  const settled = new Map<number, Settled & Pick<LineChunk, 'lines' | 'end'>>();
  let state = begun;
  let lastProgressAt = now();
  let failure: string | undefined;

  const advance = async (): Promise<void> => {
    for (let next = settled.get(state.line); next !== undefined; next = settled.get(state.line)) {
      settled.delete(state.line);
      state = {
        key: state.key,
        line: state.line + next.lines,
        byte: next.end,
        accepted: state.accepted + next.accepted,
        invalid: state.invalid + next.invalid,
      };
    }
    lastProgressAt = now();
    await listener.progressed(state);
  };
  const mayGoOn = (): boolean => failure === undefined && !stopped.aborted;
  const sent = async (chunk: LineChunk): Promise<Settled | string | undefined> => {
    try {
      return await send(url, begun.key, chunk, listener);
    } catch (error) {
      if (!(error instanceof ServiceFailed)) throw error;
      failure = error.message;
      return undefined;
    }
  };
  const settle = async (chunk: LineChunk): Promise<void> => {
    for (let waitMs = MIN_WAIT_MS; mayGoOn(); waitMs = Math.min(2 * waitMs, MAX_WAIT_MS)) {
      const answer = await sent(chunk);
      if (answer === undefined) return;
      if (typeof answer !== 'string') {
        settled.set(chunk.firstLine, { ...answer, lines: chunk.lines, end: chunk.end });
        await advance();
        return;
      }
      if (now() - lastProgressAt > PATIENCE_MS) failure = answer;
      if (!mayGoOn()) return;
      listener.waiting(answer);
      await wait(waitMs);
    }
  };
  const sender = async (): Promise<void> => {
    while (mayGoOn()) {
      const { value: chunk, done } = await chunks.next();
      if (done === true) return;
      await settle(chunk);
    }
  };
  await Promise.all(Array.from({ length: SENT_SIDE_BY_SIDE }, sender));
  return { state, complete: mayGoOn(), ...(failure !== undefined && { failure }) };
}

/** What became of a chunk, or why it has to be sent again. @throws ServiceFailed when that would not help */
async function send(
  url: string,
  key: string,
  { firstLine, bytes }: LineChunk,
  listener: ImportListener,
): Promise<Settled | string> {
  const headers = { 'Content-Type': NDJSON_MEDIA_TYPE, 'Idempotency-Key': key };
  let answer;
  try {
    answer = await ask(url, `/api/Order/Import?firstLine=${firstLine}`, {
      method: 'POST',
      headers,
      body: bytes,
    });
  } catch (error) {
    if (error instanceof ServiceFailed) return error.message;
    throw error;
  }
  if (answer.status !== 200) {
    const why = lineOf(JSON.parse(answer.text) as ProblemDetails);
    if (answer.status >= 500) return why;
    throw new ServiceFailed(why);
  }
  const lines = answer.text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as AnswerLine);
  const summary = lines.at(-1)?.summary;
  if (summary === undefined) return 'the answer broke off';
  if (!summary.complete) return summary.problem?.title ?? 'it is not complete';
  for (const { line, problem } of lines) {
    if (line !== undefined && problem !== undefined) listener.invalid(line, lineOf(problem));
  }
  return summary;
}
