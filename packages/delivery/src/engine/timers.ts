/** Time as the engine knows it, so that all of it runs on a fake clock too. */
export interface Timers {
  /** Monotonic, in ms from some moment. */
  now(): number;
  /** Calls back once after `delayMs`, for which it keeps the process alive. Returns what cancels that. */
  after(delayMs: number, callback: () => void): () => void;
}

export const systemTimers: Timers = {
  now: () => performance.now(),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return () => {
      clearTimeout(timer);
    };
  },
};
