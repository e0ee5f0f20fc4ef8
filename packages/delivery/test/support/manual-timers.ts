import type { Timers } from '../../src/engine/timers.js';

interface Due {
  readonly at: number;
  readonly callback: () => void;
}

/** Time that passes when the test says so. */
export class ManualTimers implements Timers {
  private time = 0;
  private due: Due[] = [];

  now(): number {
    return this.time;
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { at: this.time + delayMs, callback };
    this.due.push(timer);
    return () => {
      this.due = this.due.filter((each) => each !== timer);
    };
  }

  /** How many callbacks wait for their time. */
  get waiting(): number {
    return this.due.length;
  }

  /** Lets time pass, and what comes of each callback happen before the next one. */
  async pass(ms: number): Promise<void> {
    const end = this.time + ms;
    await settled();
    for (let next = this.nextBefore(end); next !== undefined; next = this.nextBefore(end)) {
      this.time = next.at;
      this.due.splice(this.due.indexOf(next), 1);
      next.callback();
      await settled();
    }
    this.time = end;
  }

  private nextBefore(end: number): Due | undefined {
    return this.due.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
  }
}

/** Lets all promises that can settle do so; needs no time. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 30; turn++) await Promise.resolve();
}
