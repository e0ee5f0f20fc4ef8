import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../application/ports/logger.js';
import type { Lifecycle } from './tokens.js';

const RETRY_MS = 1_000;
/** Warnings come at once, after one second, after two more, and so on, at last once a minute. */
const MAX_SILENCE_MS = 60_000;

export interface Waiting {
  readonly logger: Logger;
  readonly isStopping: () => boolean;
  readonly now: () => number;
  readonly wait: (ms: number) => Promise<unknown>;
}

export const patiently = { now: () => performance.now(), wait: (ms: number) => delay(ms) };

/** Tries every second as long as the part's dependency is unavailable. Returns whether it started; rejects for any other reason. */
export async function startWhenAvailable(
  name: string,
  part: Pick<Lifecycle, 'start' | 'isUnavailable'>,
  { logger, isStopping, now, wait }: Waiting,
): Promise<boolean> {
  let warnAt = -Infinity;
  let silenceMs = RETRY_MS;
  while (!isStopping()) {
    try {
      await part.start();
      return true;
    } catch (error) {
      if (!part.isUnavailable(error)) throw error;
      if (now() >= warnAt) {
        const reason = error instanceof Error ? error.message || error.name : String(error);
        logger.warn(`${name} is not ready, trying again`, { reason });
        warnAt = now() + silenceMs;
        silenceMs = Math.min(2 * silenceMs, MAX_SILENCE_MS);
      }
      await wait(RETRY_MS);
    }
  }
  return false;
}
