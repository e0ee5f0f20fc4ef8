import type { Logger } from './logger.js';
import { failureText } from './failure-text.js';
import type { Timers } from './timers.js';

/** So many different orders in a row that failed, with no success between, are an outage and not their own fault. */
const DIFFERENT_FAILURES = 5;
/** Soon enough to go on within seconds after a dependency's return. */
const MAX_PROBE_INTERVAL_MS = 2_000;
/** A `Retry-After` holds up trials for so long at most: it may be wrong, and all orders wait for it. */
const MAX_RETRY_AFTER_MS = 5 * 60 * 1_000;

interface Outage {
  readonly since: number;
  /** What the failure that opened it said, in one line. */
  readonly reason: string;
}

/**
 * A circuit breaker. While it is open, what a replica depends on is unavailable: only a trial starts now and then, and
 * no failure is counted; the first success closes it.
 */
export class CircuitBreaker {
  /** Records of the replica that succeeded so far. */
  successes = 0;
  private readonly suspects = new Set<string>();
  private outage: Outage | undefined;
  private closedAt = -Infinity;
  private probeDue = false;
  private probeIntervalMs = 0;
  private cancelProbe: (() => void) | undefined;

  /**
   * @param onChange it opened or closed, or a trial is due
   * @param onRecovery it closes
   */
  constructor(
    private readonly initialProbeMs: number,
    private readonly timers: Timers,
    private readonly logger: Logger,
    private readonly onChange: () => void,
    private readonly onRecovery: () => void = () => undefined,
  ) {}

  get isOpen(): boolean {
    return this.outage !== undefined;
  }

  /** Why it is open. */
  get reason(): string | undefined {
    return this.outage?.reason;
  }

  /** Whether one more attempt may start now; who asks must then start it. */
  admits(): boolean {
    if (!this.isOpen) return true;
    const isDue = this.probeDue;
    this.probeDue = false;
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
    this.logger.info('what was away is back, orders are carried out again', { reason, afterMs });
    this.onRecovery();
    this.onChange();
  }

  /** A dependency is unavailable, as far as can be told. No trial starts before `retryAfterMs` are over. */
  unavailable(error: unknown, retryAfterMs = 0): void {
    this.open(error, this.initialProbeMs, retryAfterMs);
  }

  /** An order failed, which may be the sign of an outage. Returns whether it is one. */
  suspect(key: string, error: unknown, retryAfterMs = 0): boolean {
    this.suspects.add(key);
    if (this.isOpen || this.suspects.size >= DIFFERENT_FAILURES) this.open(error, 0, retryAfterMs);
    return this.isOpen;
  }

  /** No more probes. */
  stop(): void {
    this.cancelProbe?.();
    this.probeDue = false;
  }

  private open(error: unknown, firstProbeMs: number, retryAfterMs: number): void {
    const askedForMs = Math.min(retryAfterMs, MAX_RETRY_AFTER_MS);
    if (this.isOpen) {
      if (askedForMs > 0) this.postpone(askedForMs);
      return;
    }
    const reason = failureText(error);
    this.outage = { since: this.timers.now(), reason };
    this.probeIntervalMs = this.initialProbeMs;
    this.logger.warn('a dependency is away: orders wait for it, no attempt is spent', { reason });
    this.probeAfter(Math.max(firstProbeMs, askedForMs));
    this.onChange();
  }

  private postpone(delayMs: number): void {
    this.stop();
    this.probeAfter(Math.max(delayMs, this.probeIntervalMs));
  }

  private probeAfter(delayMs: number): void {
    this.cancelProbe = this.timers.after(delayMs, () => {
      this.probeDue = true;
      this.probeAfter(this.probeIntervalMs);
      this.probeIntervalMs = Math.min(this.probeIntervalMs * 2, MAX_PROBE_INTERVAL_MS);
      this.onChange();
    });
  }
}
