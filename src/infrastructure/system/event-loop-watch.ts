const INTERVAL_MS = 500;
const TOLERANCE_MS = 1_000;

/**
 * Tells when the event loop was blocked, or the process frozen, for more than a second, and for how long: no request got a
 * response then, and no heartbeat was sent. Returns what ends the watch.
 */
export function watchEventLoop(onBlocked: (blockedMs: number) => void): () => void {
  let dueAt = performance.now() + INTERVAL_MS;
  const timer = setInterval(() => {
    const blockedMs = Math.round(performance.now() - dueAt);
    dueAt = performance.now() + INTERVAL_MS;
    if (blockedMs > TOLERANCE_MS) onBlocked(blockedMs);
  }, INTERVAL_MS).unref();
  return () => {
    clearInterval(timer);
  };
}
