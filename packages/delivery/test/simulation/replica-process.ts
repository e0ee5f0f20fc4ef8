import type { Timers } from '../../src/engine/timers.js';
import type { Scheduler } from './scheduler.js';

/** What is sent over one connection arrives in the order it was sent, and so do the responses. */
export class Connection {
  private readonly arrivals = { request: 0, response: 0 };

  delay(way: 'request' | 'response', now: number, latencyMs: number): number {
    this.arrivals[way] = Math.max(this.arrivals[way], now + latencyMs);
    return this.arrivals[way] - now;
  }
}

/**
 * What the operating system and the network are to a replica: its timers fire and it gets responses only while it
 * runs. What it has sent reaches the server whatever becomes of it.
 */
export class ReplicaProcess implements Timers {
  /** Another process may run under its name: for a moment both may take its records for their own. */
  hasTwin = false;
  private state: 'running' | 'frozen' | 'ended' = 'running';
  private held: (() => void)[] = [];
  private freezesAtRequest = false;

  /** @param latencyMs how long the next request or response travels */
  constructor(
    private readonly scheduler: Scheduler,
    private readonly latencyMs: () => number,
  ) {}

  get runs(): boolean {
    return this.state === 'running';
  }

  now(): number {
    return this.scheduler.now;
  }

  after(delayMs: number, callback: () => void): () => void {
    let cancelled = false;
    const cancelEvent = this.scheduler.after(delayMs, () => {
      this.run(() => {
        if (!cancelled) callback();
      });
    });
    return () => {
      cancelled = true;
      cancelEvent();
    };
  }

  wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.after(delayMs, resolve));
  }

  /** `serve` runs at a server when the request arrives there; what it returns or throws comes back here. */
  request<T>(serve: () => T | Promise<T>, connection = new Connection()): Promise<T> {
    const delay = (way: 'request' | 'response') => connection.delay(way, this.now(), this.latencyMs());
    return new Promise((resolve, reject) => {
      const respond = (settle: () => void) =>
        this.scheduler.after(delay('response'), () => {
          this.run(settle);
        });
      const served = async () => serve();
      if (this.freezesAtRequest) this.freeze();
      this.scheduler.after(delay('request'), () => {
        served().then(
          (value) => respond(() => resolve(value)),
          (error: unknown) => respond(() => reject(error)),
        );
      });
    });
  }

  /** Runs `callback` in this process: later while it is frozen, never when it has ended. */
  run(callback: () => void): void {
    if (this.state === 'running') callback();
    else if (this.state === 'frozen') this.held.push(callback);
  }

  freeze(): void {
    if (this.state === 'running') this.state = 'frozen';
  }

  /** Once its next request is on its way, so that the response is what it wakes up to. */
  freezeAtRequest(): void {
    this.freezesAtRequest = true;
  }

  /** What came meanwhile runs first, one after another. */
  thaw(): void {
    this.freezesAtRequest = false;
    if (this.state !== 'frozen') return;
    this.state = 'running';
    for (const callback of this.held.splice(0)) {
      this.scheduler.after(0, () => {
        this.run(callback);
      });
    }
  }

  /** From here on nothing of it runs. */
  end(): void {
    this.state = 'ended';
    this.held = [];
  }
}
