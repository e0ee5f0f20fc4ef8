import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../application/ports/logger.js';

const RETRY_MS = 1_000;
/** Warnings come at once, after one second, after two more, and so on, at last once a minute. */
const MAX_SILENCE_MS = 60_000;

/** A part of the process that needs a dependency. */
export interface Startable {
  /** Makes ready: topics, tables, membership. */
  start(): Promise<void>;
  /** Whether `start` failed only because the dependency is unavailable, so that a retry may help. */
  isUnavailable(error: unknown): boolean;
}

export interface Waiting {
  readonly logger: Logger;
  readonly isStopping: () => boolean;
  readonly now?: () => number;
  readonly wait?: (ms: number) => Promise<unknown>;
}

/** Retries every second as long as the dependency is unavailable. Returns whether the part started; rejects for any other reason. */
export async function startWhenAvailable(
  name: string,
  part: Startable,
  { logger, isStopping, now = () => performance.now(), wait = delay }: Waiting,
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
        logger.warn(`${name} is not ready, retrying`, { reason });
        warnAt = now() + silenceMs;
        silenceMs = Math.min(2 * silenceMs, MAX_SILENCE_MS);
      }
      await wait(RETRY_MS);
    }
  }
  return false;
}
