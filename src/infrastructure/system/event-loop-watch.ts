import type { Logger } from '../../application/ports/logger.js';

const INTERVAL_MS = 500;
const TOLERANCE_MS = 1_000;

/**
 * Warns when the event loop was blocked, or the process frozen, for more than a second: no request got a response then, and
 * no heartbeat was sent. From the session time-out on the replica has lost its partitions. Returns what ends the watch.
 */
export function watchEventLoop(sessionTimeoutMs: number, logger: Logger): () => void {
  let dueAt = performance.now() + INTERVAL_MS;
  const timer = setInterval(() => {
    const blockedMs = Math.round(performance.now() - dueAt);
    dueAt = performance.now() + INTERVAL_MS;
    if (blockedMs > TOLERANCE_MS) {
      logger.warn('the event loop was blocked', { blockedMs, sessionTimeoutMs });
    }
  }, INTERVAL_MS).unref();
  return () => {
    clearInterval(timer);
  };
}
