import { backOffMs } from './back-off.js';
import type { FailedAttempts } from './commit-metadata.js';
import type { LogFields } from './logger.js';
import { othersSucceed, type PendingRecord } from './pending-record.js';
import { AttemptTimedOut, type FailureDisposition } from './record-handler.js';
import type { ReceivedRecord } from './record-source.js';
import type { Replica } from './replica.js';

/** The attempts at the records of one partition: makes each, counts those that fail, and does what the handler decides. */
export class Attempts {
  /** Records that could not be dead-lettered yet. */
  pendingDeadLetters = 0;
  private isLost = false;

  /**
   * @param failedAttempts at records that are not completed, of those to come too, as an earlier owner committed them
   * @param inFlight of this replica's earlier deliveries of the partition too
   */
  constructor(
    private readonly partition: number,
    private readonly replica: Replica,
    readonly failedAttempts: Map<bigint, FailedAttempts>,
    readonly inFlight: Map<bigint, Promise<void>>,
  ) {}

  /** From here on a failure counts no attempt, as the record may be in flight elsewhere. */
  lose(): void {
    this.isLost = true;
  }

  /** Whether there were attempts at a record, of an earlier delivery of the partition too. */
  wereMade(offset: bigint): boolean {
    return this.failedAttempts.has(offset) || this.inFlight.has(offset);
  }

  /** How long the record waits for its next attempt, in ms; `undefined` when it is completed. Never rejects. */
  run(pending: PendingRecord): Promise<number | undefined> {
    pending.wasStarted = true;
    return pending.deadLetter === undefined
      ? this.process(pending)
      : this.deadLetter(pending.record, pending.deadLetter);
  }

  private async process(pending: PendingRecord): Promise<number | undefined> {
    const { offset } = pending.record;
    const startedAt = this.replica.timers.now();
    const attempt = this.inFlight.get(offset) ?? this.attempt(pending);
    this.inFlight.set(offset, attempt);
    try {
      await attempt;
    } catch (error) {
      this.inFlight.delete(offset);
      if (this.isLost || !this.replica.owns(this.partition)) return 0;
      return this.afterFailure(pending, error, startedAt);
    }
    // what is completed after the loss stays there for this replica's next delivery of the partition
    if (!this.isLost) this.inFlight.delete(offset);
    this.failedAttempts.delete(offset);
    this.replica.circuitBreaker.succeeded();
    return undefined;
  }

  private async attempt({ record, failedAttempts }: PendingRecord): Promise<void> {
    const { handler, settings, timers, logger } = this.replica;
    const controller = new AbortController();
    const startedAt = timers.now();
    const cancel = timers.after(settings.handlerTimeoutMs, () => {
      controller.abort(new AttemptTimedOut(settings.handlerTimeoutMs));
      logger.warn('an attempt is overdue and was aborted', this.logFields(record));
    });
    try {
      await handler.handle(record, {
        number: failedAttempts.count + 1,
        signal: controller.signal,
        mayTakeEffect: () => this.replica.owns(this.partition),
      });
      this.replica.observe?.({ kind: 'attempt-finished', record, durationMs: timers.now() - startedAt });
    } catch (thrown) {
      const error: unknown = controller.signal.aborted ? controller.signal.reason : thrown;
      const durationMs = timers.now() - startedAt;
      this.replica.observe?.({ kind: 'attempt-finished', record, durationMs, error });
      throw error;
    } finally {
      cancel();
    }
  }

  private afterFailure(pending: PendingRecord, error: unknown, startedAt: number): number {
    const { handler, circuitBreaker } = this.replica;
    const isOwnFault = othersSucceed(pending, circuitBreaker.successes);
    const attempt = pending.failedAttempts.count + 1;
    const disposition = handler.decide(error, pending.record, attempt, isOwnFault);
    switch (disposition.kind) {
      case 'let-go':
        return 0;
      case 'suspend':
        circuitBreaker.unavailable(error);
        return 0;
      case 'unavailable':
        pending.successesBefore = circuitBreaker.successes;
        circuitBreaker.unavailable(error, disposition.retryAfterMs);
        return 0;
      default:
        if (isOwnFault) pending.successesBefore = circuitBreaker.successes;
        return disposition.mayBeOutage && this.isOutage(pending, disposition, error, startedAt)
          ? (disposition.retryAfterMs ?? 0)
          : this.countAttempt(pending, disposition, error, startedAt);
    }
  }

  private isOutage(
    pending: PendingRecord,
    { retryAfterMs }: FailureDisposition,
    error: unknown,
    startedAt: number,
  ): boolean {
    const { circuitBreaker } = this.replica;
    if (circuitBreaker.suspect(pending.queueKey, error, retryAfterMs)) return true;
    // what began in an outage that is over by now says nothing of the record
    if (pending.retriedOnRecovery === true || !circuitBreaker.closedSince(startedAt)) return false;
    pending.retriedOnRecovery = true;
    return true;
  }

  private countAttempt(
    pending: PendingRecord,
    disposition: FailureDisposition,
    error: unknown,
    startedAt: number,
  ): number {
    const { mayBeOutage, retryAfterMs = 0 } = disposition;
    const attempts = pending.failedAttempts.count + 1;
    const lastAt = this.replica.clock.now().getTime();
    const firstAt = attempts === 1 ? lastAt : pending.failedAttempts.firstAt;
    pending.waitsForRecovery = mayBeOutage && retryAfterMs === 0;
    pending.failedAttempts = { count: attempts, firstAt };
    const { record } = pending;
    const durationMs = this.replica.timers.now() - startedAt;
    if (disposition.kind === 'retry') {
      this.failedAttempts.set(record.offset, pending.failedAttempts);
      this.replica.observe?.({ kind: 'retried', record, attempt: attempts, durationMs, error });
      return disposition.delayMs;
    }
    // not for the next owner: if dead-lettering fails, that one has the last attempt to make, not one more
    const failures = { error, attempts, firstAt, lastAt };
    pending.deadLetter = { reason: disposition.reason, failures, durationMs, failed: 0 };
    return 0;
  }

  /** The record is completed only when that is confirmed. */
  private async deadLetter(
    record: ReceivedRecord,
    deadLetter: NonNullable<PendingRecord['deadLetter']>,
  ): Promise<number | undefined> {
    const { handler, settings, logger } = this.replica;
    try {
      await handler.deadLetter(record, deadLetter.reason, deadLetter.failures);
    } catch (error) {
      if (deadLetter.failed === 0) this.pendingDeadLetters++;
      deadLetter.failed++;
      const fields = { ...this.logFields(record), error };
      logger.error('a record could not be dead-lettered, it is retried', fields);
      const { retryInitialMs, retryMaxMs } = settings;
      return backOffMs(deadLetter.failed, { initialMs: retryInitialMs, maxMs: retryMaxMs });
    }
    if (deadLetter.failed > 0) this.pendingDeadLetters--;
    this.failedAttempts.delete(record.offset);
    const { reason, durationMs, failures } = deadLetter;
    const { attempts: attempt, error } = failures;
    this.replica.observe?.({ kind: 'dead-lettered', record, reason, attempt, durationMs, error });
    return undefined;
  }

  private logFields(record: ReceivedRecord): LogFields {
    const { topic, partition, offset } = record;
    return { ...this.replica.handler.describe?.(record), topic, partition, offset };
  }
}
