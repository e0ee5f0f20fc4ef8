import type { IncrementResponse, Store } from 'express-rate-limit';

interface Window {
  hits: number;
  readonly endsAt: number;
}

/** In each half. With one more the older half is forgotten, and whose windows these were begins anew. */
const MAX_IN_HALF = 50_000;

/**
 * How many requests there were of each key in its window, which begins with the first. The store of the package has no bound,
 * and its windows last longer when the system's clock is set back.
 */
export class RequestCounts implements Store {
  /** Forgotten as a whole: to delete the oldest of many, one by one, takes V8 ever longer. */
  private older = new Map<string, Window>();
  private newer = new Map<string, Window>();
  private newerSince = -Infinity;

  /** @param now of a clock that is never set */
  constructor(
    private readonly windowMs: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** What is kept: also windows that have ended. */
  get size(): number {
    return this.older.size + this.newer.size;
  }

  increment(key: string): IncrementResponse {
    const now = this.now();
    const window = this.windowOf(key, now);
    window.hits++;
    return { totalHits: window.hits, resetTime: new Date(Date.now() + window.endsAt - now) };
  }

  decrement(key: string): void {
    this.windowOf(key, this.now()).hits--;
  }

  resetKey(key: string): void {
    this.older.delete(key);
    this.newer.delete(key);
  }

  private windowOf(key: string, now: number): Window {
    const known = this.newer.get(key) ?? this.older.get(key);
    const window =
      known !== undefined && known.endsAt > now ? known : { hits: 0, endsAt: now + this.windowMs };
    // all of the older half has ended when the newer one is as old as a window
    if (now - this.newerSince >= this.windowMs || this.newer.size >= MAX_IN_HALF) {
      this.older = this.newer;
      this.newer = new Map();
      this.newerSince = now;
    }
    this.newer.set(key, window);
    return window;
  }
}
