import type { Logger } from '../../../application/ports/logger.js';
import type { Timers } from './timers.js';

/** So many different orders in a row that failed, with no success between, are an outage and not their own fault. */
const DIFFERENT_FAILURES = 5;
/** Soon enough to go on within seconds after a dependency's return. */
const MAX_PROBE_INTERVAL_MS = 2_000;

/**
 * Whether what a replica depends on is there. While it is away, only a probe is carried out now and then, and failures
 * are nobody's fault; the first success ends that.
 */
export class Circuit {
  private readonly suspects = new Set<string>();
  private openSince: number | undefined;
  private probeDue = false;
  private probeIntervalMs = 0;
  private cancelProbe: (() => void) | undefined;

  constructor(
    private readonly initialProbeMs: number,
    private readonly timers: Timers,
    private readonly logger: Logger,
    private readonly onChange: () => void,
  ) {}

  get isOpen(): boolean {
    return this.openSince !== undefined;
  }

  /** Whether one more attempt may start now; who asks must then start it. */
  admits(): boolean {
    if (!this.isOpen) return true;
    const isDue = this.probeDue;
    this.probeDue = false;
    return isDue;
  }

  succeeded(): void {
    this.suspects.clear();
    if (this.openSince === undefined) return;
    const afterMs = Math.round(this.timers.now() - this.openSince);
    this.openSince = undefined;
    this.stop();
    this.logger.info('what was away is back, orders are carried out again', { afterMs });
    this.onChange();
  }

  /** A dependency is surely away. */
  unavailable(error: unknown): void {
    this.open(error, this.initialProbeMs);
  }

  /** An order failed, which may be the sign of an outage. Answers whether it is one. */
  suspect(key: string, error: unknown): boolean {
    this.suspects.add(key);
    if (this.suspects.size >= DIFFERENT_FAILURES) this.open(error, 0);
    return this.isOpen;
  }

  /** No more probes. */
  stop(): void {
    this.cancelProbe?.();
    this.probeDue = false;
  }

  private open(error: unknown, firstProbeMs: number): void {
    if (this.isOpen) return;
    this.openSince = this.timers.now();
    this.probeIntervalMs = this.initialProbeMs;
    this.logger.warn('a dependency is away: orders wait for it, no attempt is spent', { error });
    this.probeAfter(firstProbeMs);
    this.onChange();
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
