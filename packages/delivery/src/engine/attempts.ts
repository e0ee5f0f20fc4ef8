import type { FailedAttempts } from './commit-metadata.js';
import { othersSucceed, type PendingRecord } from './pending-record.js';
import { AttemptTimedOut } from './record-handler.js';
import type { Replica } from './replica.js';

/** The attempts at the records of one partition: each of them, what it spends, and what comes after a failure. */
export class Attempts {
  /** Records that could not be put into the dead letters yet. */
  unsentDeadLetters = 0;
  private isLost = false;

  /**
   * @param spent on records that are not done, of those to come too, as an earlier owner noted them
   * @param running attempts that have not ended, those of this replica's earlier deliveries of the partition too
   */
  constructor(
    private readonly partition: number,
    private readonly replica: Replica,
    readonly spent: Map<bigint, FailedAttempts>,
    readonly running: Map<bigint, Promise<void>>,
  ) {}

  /** From here on a failure counts no more, as the record may be at work elsewhere. */
  lose(): void {
    this.isLost = true;
  }

  /** How long to wait until the record is taken up again, in ms; `undefined` when it is done. Never rejects. */
  next(key: string, open: PendingRecord): Promise<number | undefined> {
    open.tried = true;
    return open.deadLetter === undefined ? this.carryOut(key, open) : this.putAside(open, open.deadLetter);
  }

  private async carryOut(key: string, open: PendingRecord): Promise<number | undefined> {
    const { offset } = open.record;
    const startedAt = this.replica.timers.now();
    const attempt = this.running.get(offset) ?? this.attempt(open);
    this.running.set(offset, attempt);
    try {
      await attempt;
    } catch (error) {
      this.running.delete(offset);
      if (this.isLost || !this.replica.owns(this.partition)) return 0;
      return this.afterFailure(key, open, error, startedAt);
    }
    // what ends as done after the loss stays there for this replica's next delivery of the partition
    if (!this.isLost) this.running.delete(offset);
    this.spent.delete(offset);
    this.replica.circuitBreaker.succeeded();
    return undefined;
  }

  private async attempt({ record, spent }: PendingRecord): Promise<void> {
    const { handler, settings, timers } = this.replica;
    const controller = new AbortController();
    const cancel = timers.after(settings.handlerTimeoutMs, () => {
      controller.abort(new AttemptTimedOut(settings.handlerTimeoutMs));
      this.replica.timedOut(record);
    });
    try {
      await handler.handle(record, {
        number: spent.attempts + 1,
        signal: controller.signal,
        mayTakeEffect: () => this.replica.owns(this.partition),
      });
    } catch (error) {
      throw controller.signal.aborted ? controller.signal.reason : error;
    } finally {
      cancel();
    }
  }

  private afterFailure(key: string, open: PendingRecord, error: unknown, startedAt: number): number {
    const { handler, circuitBreaker } = this.replica;
    const attempts = open.spent.attempts + 1;
    const isOwn = othersSucceed(open, circuitBreaker.successes);
    const disposition = handler.decide(error, open.record, attempts, isOwn);
    if (disposition.kind === 'let-go') return 0;
    if (disposition.kind === 'suspend') {
      circuitBreaker.unavailable(error);
      return 0;
    }
    if (disposition.kind === 'unavailable' || isOwn) open.successesBefore = circuitBreaker.successes;
    if (disposition.kind === 'unavailable') {
      circuitBreaker.unavailable(error, disposition.retryAfterMs);
      return 0;
    }
    const { mayBeOutage, retryAfterMs = 0 } = disposition;
    if (mayBeOutage && circuitBreaker.suspect(key, error, retryAfterMs)) return retryAfterMs;
    // what began in an outage that is over by now says nothing of the record
    if (mayBeOutage && open.recovered !== true && circuitBreaker.closedSince(startedAt)) {
      open.recovered = true;
      return retryAfterMs;
    }
    const delayMs = disposition.kind === 'retry' ? disposition.delayMs : 0;
    open.waitsForRecovery = mayBeOutage && retryAfterMs === 0;
    const lastAt = this.replica.now();
    open.spent = { attempts, firstAt: open.spent.attempts === 0 ? lastAt : open.spent.firstAt };
    if (disposition.kind === 'dead-letter') {
      // not noted as spent: should the letter not be kept, the next owner has the last attempt to make, not one more
      const failures = { error, attempts, firstAt: open.spent.firstAt, lastAt };
      open.deadLetter = { reason: disposition.reason, failures, failed: 0 };
    } else {
      this.spent.set(open.record.offset, open.spent);
    }
    return delayMs;
  }

  /** A record that is given up is done only when its letter is kept. */
  private async putAside(
    { record }: PendingRecord,
    letter: NonNullable<PendingRecord['deadLetter']>,
  ): Promise<number | undefined> {
    const { handler, settings } = this.replica;
    try {
      await handler.deadLetter(record, letter.reason, letter.failures);
    } catch (error) {
      if (letter.failed === 0) this.unsentDeadLetters++;
      this.replica.deadLetterFailed(record, error);
      return Math.min(settings.retryInitialMs * 2 ** letter.failed++, settings.retryMaxMs);
    }
    if (letter.failed > 0) this.unsentDeadLetters--;
    this.spent.delete(record.offset);
    return undefined;
  }
}
