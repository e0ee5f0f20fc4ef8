import { decodeProgress, encodeProgress, type SpentAttempts } from './commit-metadata.js';
import type { DeliverySettings } from './delivery-settings.js';
import { KeyLanes, type Lane } from './key-lanes.js';
import { OffsetTracker, type OffsetRange } from './offset-tracker.js';
import { laneKeyOf, openRecord, type OpenRecord } from './open-record.js';
import { AttemptTimedOut, type RecordHandler } from './record-handler.js';
import type { CommittedPosition, ReceivedRecord, RecordBatch } from './record-source.js';
import type { Timers } from './timers.js';

/** What the delivery of a partition needs of its replica. */
export interface Replica {
  readonly handler: RecordHandler;
  readonly settings: DeliverySettings;
  readonly timers: Timers;
  /** In ms since the epoch. */
  now(): number;
  /** Whether the partition is surely this replica's at this moment. */
  owns(partition: number): boolean;
  readonly circuit: {
    readonly isOpen: boolean;
    admits(): boolean;
    succeeded(): void;
    unavailable(error: unknown): void;
    suspect(key: string, error: unknown): boolean;
  };
  /** A record is done, or waits. */
  progressed(delivery: PartitionDelivery): void;
  /** An attempt is over its time; it keeps its slot until it settles. */
  timedOut(record: ReceivedRecord): void;
  letterFailed(record: ReceivedRecord, error: unknown): void;
}

/** Done records may be so many times the open ones, before a partition waits for the oldest that is not done. */
const SPAN_FACTOR = 10;

/** One partition from its assignment to its loss: its records side by side, those of one key one after another. */
export class PartitionDelivery {
  private readonly tracker: OffsetTracker;
  private readonly lanes = new KeyLanes<OpenRecord>();
  /** Attempts spent on records that are not done, of those to come too: an earlier owner noted them. */
  private readonly spent: Map<bigint, SpentAttempts>;
  /** Attempts that have not ended, those of this replica's earlier deliveries of the partition too. */
  private readonly running: Map<bigint, Promise<void>>;
  private readonly waits = new Set<() => void>();
  private readonly onIdle: (() => void)[] = [];
  private committed: CommittedPosition;
  private working = 0;
  private openRecords = 0;
  private openBytes = 0;
  private failingLetters = 0;
  private stopping = false;
  private lost = false;

  /** @param past this replica's delivery of the partition before: it may know more than what was committed */
  constructor(
    readonly partition: number,
    start: CommittedPosition,
    private readonly replica: Replica,
    past?: PartitionDelivery,
  ) {
    const { done, spent } = decodeProgress(start.position, start.metadata);
    // a position that went back means that the group or the log was reset: the past speaks of other records
    const known = past !== undefined && start.position >= past.committed.position ? past : undefined;
    this.tracker = new OffsetTracker(start.position, [...done, ...(known?.done() ?? [])]);
    this.spent = new Map([...spent, ...(known?.spent ?? [])]);
    this.running = known?.running ?? new Map<bigint, Promise<void>>();
    for (const offset of this.running.keys()) if (this.tracker.isDone(offset)) this.running.delete(offset);
    this.committed = start;
  }

  /** Records that could not be put into the dead letters yet. */
  get unsentLetters(): number {
    return this.failingLetters;
  }

  /** Whether it has `share` of what it may have in hand. */
  holds(share: number): boolean {
    const { maxOpenRecords, maxOpenBytes } = this.replica.settings;
    const maxSpan = maxOpenRecords * SPAN_FACTOR;
    return (
      this.openRecords >= maxOpenRecords * share ||
      this.openBytes >= maxOpenBytes * share ||
      this.tracker.span >= maxSpan * share
    );
  }

  /** What to commit; `undefined` when it is committed already. */
  get uncommitted(): CommittedPosition | undefined {
    const { position } = this.tracker;
    const spent = [...this.spent]
      .filter(([offset]) => offset >= position)
      .sort(([a], [b]) => (a < b ? -1 : 1));
    const metadata = encodeProgress(position, { done: this.tracker.doneBeyond(), spent });
    const isCommitted = position === this.committed.position && metadata === this.committed.metadata;
    return isCommitted ? undefined : { position, metadata };
  }

  mayCommit(position: bigint): boolean {
    return position >= this.committed.position && position <= this.tracker.position;
  }

  wasCommitted(commit: CommittedPosition): void {
    if (commit.position >= this.committed.position) this.committed = commit;
  }

  /** Takes a batch only when it begins where the last one ended. Answers the position expected next. */
  offer(batch: RecordBatch): bigint {
    for (const record of (this.stopping ? undefined : this.tracker.take(batch)) ?? []) {
      const open = openRecord(record, this.spent.get(record.offset));
      this.openRecords++;
      this.openBytes += open.bytes;
      this.lanes.add(laneKeyOf(record), open);
    }
    this.pump();
    return this.tracker.expected;
  }

  /** Starts what may start now. */
  pump(): void {
    const { settings, circuit } = this.replica;
    while (!this.stopping && this.working < settings.concurrency && this.lanes.hasReady) {
      if (!this.replica.owns(this.partition) || !circuit.admits()) return;
      const lane = circuit.isOpen ? this.lanes.take(({ tried }) => !tried) : this.lanes.take();
      const [open] = lane?.items ?? [];
      if (lane !== undefined && open !== undefined) void this.work(lane, open);
    }
  }

  /** Starts nothing more; resolves when what is at work has settled. What waits for its next attempt is let go. */
  async drain(): Promise<void> {
    this.stopping = true;
    for (const cancel of this.waits) cancel();
    if (this.working > 0) await new Promise<void>((resolve) => this.onIdle.push(resolve));
  }

  /** From here on a failure counts no more, as the record may be at work elsewhere. */
  lose(): void {
    this.stopping = this.lost = true;
    for (const cancel of this.waits) cancel();
    this.lanes.clear();
  }

  private done(): OffsetRange[] {
    return [{ from: 0n, to: this.tracker.position }, ...this.tracker.doneBeyond()];
  }

  private async work(lane: Lane<OpenRecord>, open: OpenRecord): Promise<void> {
    this.working++;
    open.tried = true;
    const waitMs = await (open.letter === undefined ? this.carryOut(lane, open) : this.putAside(open));
    this.working--;
    if (waitMs === undefined) this.finish(lane, open);
    else if (waitMs === 0) this.lanes.again(lane);
    else if (!this.stopping) this.wait(lane, waitMs);
    if (this.working === 0) for (const resolve of this.onIdle.splice(0)) resolve();
    this.replica.progressed(this);
    this.pump();
  }

  private finish(lane: Lane<OpenRecord>, { record, bytes }: OpenRecord): void {
    this.tracker.done(record.offset);
    this.spent.delete(record.offset);
    this.openRecords--;
    this.openBytes -= bytes;
    this.lanes.finished(lane);
  }

  private wait(lane: Lane<OpenRecord>, delayMs: number): void {
    const cancel = this.replica.timers.after(delayMs, () => {
      this.waits.delete(cancel);
      this.lanes.again(lane);
      this.pump();
    });
    this.waits.add(cancel);
  }

  /** How long to wait until the record is taken up again; `undefined` when it is done. Never rejects. */
  private async carryOut(lane: Lane<OpenRecord>, open: OpenRecord): Promise<number | undefined> {
    const { offset } = open.record;
    const attempt = this.running.get(offset) ?? this.attempt(open);
    this.running.set(offset, attempt);
    try {
      await attempt;
    } catch (error) {
      this.running.delete(offset);
      return this.lost || !this.replica.owns(this.partition) ? 0 : this.afterFailure(lane, open, error);
    }
    // what ends as done after the loss stays there for this replica's next delivery of the partition
    if (!this.stopping) this.running.delete(offset);
    this.replica.circuit.succeeded();
    return undefined;
  }

  private async attempt({ record, spent }: OpenRecord): Promise<void> {
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

  private afterFailure({ key }: Lane<OpenRecord>, open: OpenRecord, error: unknown): number {
    const { handler, circuit } = this.replica;
    const attempts = open.spent.attempts + 1;
    const disposition = handler.decide(error, open.record, attempts);
    if (disposition.kind === 'let-go') return 0;
    if (disposition.kind === 'suspend') {
      circuit.unavailable(error);
      return 0;
    }
    const delayMs = disposition.kind === 'retry' ? disposition.delayMs : 0;
    if (disposition.mayBeOutage && circuit.suspect(key, error)) return delayMs;
    const lastAt = this.replica.now();
    open.spent = { attempts, firstAt: open.spent.attempts === 0 ? lastAt : open.spent.firstAt };
    this.spent.set(open.record.offset, open.spent);
    if (disposition.kind === 'dead-letter') {
      const failures = { error, attempts, firstAt: open.spent.firstAt, lastAt };
      open.letter = { reason: disposition.reason, failures, failed: 0 };
    }
    return delayMs;
  }

  /** As `carryOut`, for a record that is given up. It is done only when its letter is kept. */
  private async putAside({ record, letter }: OpenRecord): Promise<number | undefined> {
    if (letter === undefined) return undefined;
    const { handler, settings } = this.replica;
    try {
      await handler.deadLetter(record, letter.reason, letter.failures);
      if (letter.failed > 0) this.failingLetters--;
      return undefined;
    } catch (error) {
      if (letter.failed === 0) this.failingLetters++;
      this.replica.letterFailed(record, error);
      return Math.min(settings.retryInitialMs * 2 ** letter.failed++, settings.retryMaxMs);
    }
  }
}
