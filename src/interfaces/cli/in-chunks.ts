import type { SettleRequest } from './arguments.js';
import type { OperationsClient } from './operations-client.js';
import { ServiceFailed } from './service-client.js';

/** How far it came. */
export interface Settled {
  readonly wanted: number;
  readonly done: number;
  readonly remaining: number;
  /** Why it is not all. */
  readonly failure?: string;
}

export interface Pace {
  readonly now: () => number;
  /** Resolves early when `stopped` is aborted. */
  readonly wait: (ms: number) => Promise<void>;
  readonly stopped: AbortSignal;
}

/** As many as the service takes; with a rate, so few that it is kept within a chunk too. */
const CHUNK = 1_000;
const CHUNK_WITH_RATE = 100;

/** Has letters settled chunk by chunk; ends when nothing more can be done, or between two chunks when it is stopped. */
export async function settleInChunks(
  client: OperationsClient,
  { command, selected, rate = Infinity }: SettleRequest,
  { wanted, before }: { readonly wanted: number; readonly before: string },
  { now, wait, stopped }: Pace,
  onProgress: (done: number) => void,
): Promise<Settled> {
  const startedAt = now();
  const chunk = rate === Infinity ? CHUNK : CHUNK_WITH_RATE;
  let settled: Settled = { wanted, done: 0, remaining: wanted };
  onProgress(0);
  while (settled.done < wanted && !stopped.aborted) {
    const limit = Math.min(chunk, rate, wanted - settled.done);
    try {
      const { resolved, remaining, failure } = await client[command]({ ...selected, before, limit });
      const why = failure === undefined ? {} : { failure: `${failure.id}: ${failure.detail}` };
      settled = { wanted, done: settled.done + resolved, remaining, ...why };
      onProgress(settled.done);
      if (resolved === 0) break;
    } catch (error) {
      if (!(error instanceof ServiceFailed)) throw error;
      return { ...settled, failure: error.message };
    }
    if (settled.done < wanted) await wait(startedAt + (settled.done / rate) * 1_000 - now());
  }
  return settled;
}
