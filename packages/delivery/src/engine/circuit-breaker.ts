import { backOffMs } from './back-off.js';
import { failureText } from './failure-text.js';
import type { Logger } from './logger.js';
import type { Timers } from './timers.js';

/** So many different keys in a row that failed, with no success between, are an outage and not their own fault. */
const DIFFERENT_FAILURES = 5;
/** Soon enough to go on within seconds when a dependency is available again. */
const MAX_TRIAL_INTERVAL_MS = 2_000;
/** A `Retry-After` holds up trials for so long at most: it may be wrong, and all records wait for it. */
const MAX_RETRY_AFTER_MS = 5 * 60 * 1_000;

interface Outage {
  readonly since: number;
  /** What the failure that opened it said, in one line. */
  readonly reason: string;
  trials: number;
}

/**
 * While it is open, what a replica depends on is unavailable: only a trial starts now and then, and no failure is
 * counted; the first success closes it.
 */
export class CircuitBreaker {
  /** Records of the replica that succeeded so far. */
  successes = 0;
  /** Keys that failed since the last success. */
  private readonly suspects = new Set<string>();
  private outage: Outage | undefined;
  private closedAt = -Infinity;
  private trialIsDue = false;
  private cancelTrial: (() => void) | undefined;

  /** @param onChange it opened or closed, or a trial is due */
  constructor(
    private readonly initialTrialMs: number,
    private readonly timers: Timers,
    private readonly logger: Logger,
    private readonly onChange: () => void,
  ) {}

  get isOpen(): boolean {
    return this.outage !== undefined;
  }

  /** Why it is open. */
  get reason(): string | undefined {
    return this.outage?.reason;
  }

  /** Whether one more attempt may start now; the caller must then start it. */
  admits(): boolean {
    if (!this.isOpen) return true;
    const isDue = this.trialIsDue;
    this.trialIsDue = false;
    return isDue;
  }

  /** Whether it was open at some moment since `time`, and closed after that. */
  closedSince(time: number): boolean {
    return this.closedAt > time;
  }

  succeeded(): void {
    this.successes++;
    this.suspects.clear();
    if (this.outage === undefined) return;
    const { since, reason } = this.outage;
    this.closedAt = this.timers.now();
    this.outage = undefined;
    this.stop();
    const afterMs = Math.round(this.closedAt - since);
    this.logger.info('circuit breaker closed: the dependency is available again', { reason, afterMs });
    this.onChange();
  }

  /** A dependency is unavailable, as far as can be told. No trial starts before `retryAfterMs` are over. */
  unavailable(error: unknown, retryAfterMs = 0): void {
    this.open(error, this.initialTrialMs, retryAfterMs);
  }

  /** A record of this key failed, which may be the sign of an outage. Returns whether it is one. */
  suspect(key: string, error: unknown, retryAfterMs = 0): boolean {
    this.suspects.add(key);
    if (this.isOpen || this.suspects.size >= DIFFERENT_FAILURES) this.open(error, 0, retryAfterMs);
    return this.isOpen;
  }

  /** No more trials. */
  stop(): void {
    this.cancelTrial?.();
    this.trialIsDue = false;
  }

  private open(error: unknown, firstTrialMs: number, retryAfterMs: number): void {
    const askedForMs = Math.min(retryAfterMs, MAX_RETRY_AFTER_MS);
    if (this.outage !== undefined) {
      if (askedForMs > 0) this.postponeTrial(this.outage, askedForMs);
      return;
    }
    const reason = failureText(error);
    this.outage = { since: this.timers.now(), reason, trials: 0 };
    this.logger.warn('circuit breaker open: a dependency is unavailable, no attempt is counted', { reason });
    this.tryAfter(Math.max(firstTrialMs, askedForMs), this.outage);
    this.onChange();
  }

  private postponeTrial(outage: Outage, delayMs: number): void {
    this.stop();
    this.tryAfter(Math.max(delayMs, this.intervalMs(outage.trials + 1)), outage);
  }

  private tryAfter(delayMs: number, outage: Outage): void {
    this.cancelTrial = this.timers.after(delayMs, () => {
      this.trialIsDue = true;
      outage.trials++;
      this.logger.debug('a trial is due', { reason: outage.reason });
      this.tryAfter(this.intervalMs(outage.trials), outage);
      this.onChange();
    });
  }

  private intervalMs(trial: number): number {
    return backOffMs(trial, { initialMs: this.initialTrialMs, maxMs: MAX_TRIAL_INTERVAL_MS });
  }
}
