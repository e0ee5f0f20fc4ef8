import { Attempts } from './attempts.js';
import { decodeProgress, encodeProgress } from './commit-metadata.js';
import type { DeliveryEvent, PartitionState, PauseReason } from './delivery-events.js';
import { KeyQueues, type KeyQueue } from './key-queues.js';
import { countOffsets, type OffsetRange } from './offset-range.js';
import { OffsetTracker } from './offset-tracker.js';
import { pendingRecord, type PendingRecord } from './pending-record.js';
import type { CommittedPosition, ReceivedRecord, RecordBatch } from './record-source.js';
import type { Replica } from './replica.js';

/** Times `maxPendingRecords`: so many completed records may be in no commit. After a kill they are redelivered. */
const UNCOMMITTED_FACTOR = 10;

/** One partition from its assignment to its loss: its records concurrently, those of one key one after another. */
export class PartitionDelivery {
  /** Why reading pauses. */
  paused: PauseReason | undefined;
  private readonly tracker: OffsetTracker;
  private readonly queues = new KeyQueues<PendingRecord>();
  private readonly attempts: Attempts;
  /** Queues whose first record backs off, and what cancels the timer. */
  private readonly backOffs = new Map<KeyQueue<PendingRecord>, () => void>();
  private readonly onIdle: (() => void)[] = [];
  private committed: CommittedPosition;
  /** How many completed records are in the metadata of `committed`. */
  private committedBeyond: number;
  /** An earlier owner had started what lies below, as it had completed records beyond it. */
  private readonly startedBefore: bigint;
  private inFlight = 0;
  private pendingRecords = 0;
  private pendingBytes = 0;
  private stopping = false;
  private lost = false;

  /** @param past this replica's delivery of the partition before: it may know more than what was committed */
  constructor(
    readonly partition: number,
    start: CommittedPosition,
    private readonly replica: Replica,
    past?: PartitionDelivery,
  ) {
    const { completed, failedAttempts } = decodeProgress(start.position, start.metadata);
    // a position that went back means that the group or the topic was reset: the past knows other records
    const known = past !== undefined && start.position >= past.committed.position ? past : undefined;
    this.tracker = new OffsetTracker(start.position, [...completed, ...(known?.completed() ?? [])]);
    const inFlight = known?.attempts.inFlight ?? new Map<bigint, Promise<void>>();
    for (const offset of inFlight.keys()) if (this.tracker.isCompleted(offset)) inFlight.delete(offset);
    // another replica may have counted more since
    for (const [offset, each] of known?.attempts.failedAttempts ?? []) {
      if (each.count > (failedAttempts.get(offset)?.count ?? 0)) failedAttempts.set(offset, each);
    }
    this.startedBefore = completed.at(-1)?.to ?? start.position;
    this.attempts = new Attempts(partition, replica, failedAttempts, inFlight);
    this.committed = start;
    this.committedBeyond = countOffsets(completed);
  }

  /** Records that could not be dead-lettered yet. */
  get pendingDeadLetters(): number {
    return this.attempts.pendingDeadLetters;
  }

  /** Whether no record is pending. */
  get isEmpty(): boolean {
    return this.pendingRecords === 0;
  }

  /** Whether no record is pending, and all that was completed is committed. */
  get isSettled(): boolean {
    return this.isEmpty && this.uncommitted === undefined;
  }

  get state(): PartitionState {
    const { partition, pendingRecords: pending, inFlight, paused } = this;
    return { partition, pending, inFlight, paused, oldestAt: this.tracker.oldestAt };
  }

  /** Of what it has `share` of the most that it may have. */
  reached(share: number): PauseReason | undefined {
    const { settings, circuitBreaker } = this.replica;
    const { maxPendingRecords, maxPendingBytes } = settings;
    // if all that is pending fails by itself, only records to come can show that there is no outage
    const maxUncommitted =
      circuitBreaker.isOpen || this.isEmpty ? Infinity : maxPendingRecords * UNCOMMITTED_FACTOR;
    if (this.pendingRecords >= maxPendingRecords * share) return 'pending-records';
    if (this.pendingBytes >= maxPendingBytes * share) return 'pending-bytes';
    return this.uncommittedBeyond >= maxUncommitted * share ? 'uncommitted' : undefined;
  }

  /** What to commit; `undefined` when it is committed already. */
  get uncommitted(): CommittedPosition | undefined {
    if (this.isIdle) return undefined;
    const position = this.tracker.lowWaterMark;
    const failedAttempts = [...this.attempts.failedAttempts].filter(([offset]) => offset >= position);
    const metadata = encodeProgress(position, {
      completed: this.tracker.rangesBeyond(),
      failedAttempts: failedAttempts.sort(([a], [b]) => (a < b ? -1 : 1)),
    });
    const isCommitted = position === this.committed.position && metadata === this.committed.metadata;
    return isCommitted ? undefined : { position, metadata };
  }

  mayCommit(position: bigint): boolean {
    return position >= this.committed.position && position <= this.tracker.lowWaterMark;
  }

  /** After the loss it may have been left out, whatever the response. */
  wasCommitted(commit: CommittedPosition): void {
    if (this.lost || commit.position < this.committed.position) return;
    this.committed = commit;
    this.committedBeyond = countOffsets(decodeProgress(commit.position, commit.metadata).completed);
    this.replica.progressed(this.partition);
  }

  /** Takes a batch only when it begins where the last one ended. Returns the position expected next. */
  receive(batch: RecordBatch): bigint {
    const taken = (this.stopping ? undefined : this.tracker.take(batch)) ?? [];
    if (taken.length > 0) this.replica.observe?.(this.received(taken));
    for (const record of taken) {
      const pending = pendingRecord(record, this.attempts.failedAttempts.get(record.offset));
      this.pendingRecords++;
      this.pendingBytes += pending.bytes;
      this.queues.add(pending.queueKey, pending);
    }
    this.startReady();
    return this.tracker.expected;
  }

  private received(records: readonly ReceivedRecord[]): DeliveryEvent {
    const { partition, startedBefore, attempts } = this;
    const again = records.filter(({ offset }) => offset < startedBefore || attempts.wereMade(offset));
    return { kind: 'records-received', partition, count: records.length, redelivered: again.length };
  }

  /** Starts what may start now. */
  startReady(): void {
    const { settings, circuitBreaker } = this.replica;
    while (!this.stopping && this.inFlight < settings.concurrency && this.queues.hasReady) {
      if (!this.replica.owns(this.partition) || !circuitBreaker.admits()) return;
      // the oldest are those that failed before, at this replica or another: they would show no outage's end
      const queue = circuitBreaker.isOpen
        ? this.queues.takeLast(({ wasStarted }) => !wasStarted)
        : this.queues.take();
      const [first] = queue?.items ?? [];
      if (queue !== undefined && first !== undefined) void this.start(queue, first);
    }
  }

  /** An outage is over: what may have failed because of it backs off no longer. */
  recovered(): void {
    for (const queue of [...this.backOffs.keys()]) {
      const [first] = queue.items;
      if (first?.waitsForRecovery !== true || first.retriedOnRecovery === true) continue;
      first.retriedOnRecovery = true;
      this.endBackOff(queue);
    }
  }

  /** Starts nothing more; resolves when nothing is in flight. Records that back off don't hold it up. */
  async drain(): Promise<void> {
    this.stop();
    if (this.inFlight > 0) await new Promise<void>((resolve) => this.onIdle.push(resolve));
  }

  /** Forgets all records. What is in flight goes on, for this replica's next delivery of the partition if there is one. */
  lose(): void {
    this.stop();
    this.lost = true;
    this.attempts.lose();
    this.queues.clear();
  }

  private stop(): void {
    this.stopping = true;
    for (const cancel of this.backOffs.values()) cancel();
  }

  /** Nothing happened since the last commit, nor is anything left from before: soon said of each of many partitions. */
  private get isIdle(): boolean {
    const { committed, tracker, attempts } = this;
    if (tracker.completedBeyond > 0 || attempts.failedAttempts.size > 0) return false;
    return committed.metadata === '' && committed.position === tracker.lowWaterMark;
  }

  /** How many records beyond the low-water mark are completed and not in the last commit. */
  private get uncommittedBeyond(): number {
    const passed = Number(this.tracker.lowWaterMark - this.committed.position);
    return this.tracker.completedBeyond - Math.max(this.committedBeyond - passed, 0);
  }

  private completed(): OffsetRange[] {
    return [{ from: 0n, to: this.tracker.lowWaterMark }, ...this.tracker.rangesBeyond()];
  }

  private async start(queue: KeyQueue<PendingRecord>, pending: PendingRecord): Promise<void> {
    this.inFlight++;
    const delayMs = await this.attempts.run(pending);
    this.inFlight--;
    if (delayMs === undefined) this.complete(queue, pending);
    else if (delayMs === 0) this.queues.putBack(queue);
    else if (!this.stopping) this.backOff(queue, delayMs);
    if (this.inFlight === 0) for (const resolve of this.onIdle.splice(0)) resolve();
    this.replica.progressed(this.partition);
    this.startReady();
  }

  private complete(queue: KeyQueue<PendingRecord>, { record, bytes }: PendingRecord): void {
    this.tracker.complete(record.offset);
    this.pendingRecords--;
    this.pendingBytes -= bytes;
    this.queues.advance(queue);
  }

  private backOff(queue: KeyQueue<PendingRecord>, delayMs: number): void {
    const cancel = this.replica.timers.after(delayMs, () => {
      this.endBackOff(queue);
    });
    this.backOffs.set(queue, cancel);
  }

  private endBackOff(queue: KeyQueue<PendingRecord>): void {
    this.backOffs.get(queue)?.();
    this.backOffs.delete(queue);
    this.queues.putBack(queue);
    this.startReady();
  }
}
