const INTERVAL_MS = 500;
const TOLERANCE_MS = 1_000;

type Listener = (blockedMs: number) => void;

const listeners = new Set<Listener>();
let timer: NodeJS.Timeout | undefined;

/**
 * Tells when the event loop was blocked, or the process frozen, for more than a second, and for how long: no request got a
 * response then, and no heartbeat was sent. All who watch share a timer, which an idle process notices. Returns what ends that.
 */
export function watchEventLoop(onBlocked: Listener): () => void {
  const listener: Listener = (blockedMs) => {
    onBlocked(blockedMs);
  };
  listeners.add(listener);
  timer ??= startTimer();
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

function startTimer(): NodeJS.Timeout {
  let dueAt = performance.now() + INTERVAL_MS;
  return setInterval(() => {
    const blockedMs = Math.round(performance.now() - dueAt);
    dueAt = performance.now() + INTERVAL_MS;
    if (blockedMs > TOLERANCE_MS) for (const tell of listeners) tell(blockedMs);
  }, INTERVAL_MS).unref();
}
