import { Attempts } from './attempts.js';
import { decodeProgress, encodeProgress } from './commit-metadata.js';
import { KeyQueues, type KeyQueue } from './key-queues.js';
import { countOffsets, OffsetTracker, type OffsetRange } from './offset-tracker.js';
import { queueKey, pendingRecord, type PendingRecord } from './pending-record.js';
import type { CommittedPosition, RecordBatch } from './record-source.js';
import type { Replica } from './replica.js';

/** Times `maxPendingRecords`: so many may be completed that no commit tells. After a kill they are redelivered. */
const UNTOLD_FACTOR = 10;

/** One partition from its assignment to its loss: its records side by side, those of one key one after another. */
export class PartitionDelivery {
  private readonly tracker: OffsetTracker;
  private readonly lanes = new KeyQueues<PendingRecord>();
  private readonly attempts: Attempts;
  private readonly waits = new Map<KeyQueue<PendingRecord>, { cancel: () => void; end: () => void }>();
  private readonly onIdle: (() => void)[] = [];
  private committed: CommittedPosition;
  /** How many completed records the metadata of `committed` tells. */
  private told: number;
  private working = 0;
  private openRecords = 0;
  private openBytes = 0;
  private stopping = false;
  private lost = false;

  /** @param past this replica's delivery of the partition before: it may know more than what was committed */
  constructor(
    private readonly partition: number,
    start: CommittedPosition,
    private readonly replica: Replica,
    past?: PartitionDelivery,
  ) {
    const { done, spent } = decodeProgress(start.position, start.metadata);
    // a position that went back means that the group or the log was reset: the past speaks of other records
    const known = past !== undefined && start.position >= past.committed.position ? past : undefined;
    this.tracker = new OffsetTracker(start.position, [...done, ...(known?.done() ?? [])]);
    const running = known?.attempts.running ?? new Map<bigint, Promise<void>>();
    for (const offset of running.keys()) if (this.tracker.isDone(offset)) running.delete(offset);
    // another replica may have spent more since
    for (const [offset, each] of known?.attempts.spent ?? []) {
      if (each.attempts > (spent.get(offset)?.attempts ?? 0)) spent.set(offset, each);
    }
    this.attempts = new Attempts(partition, replica, spent, running);
    this.committed = start;
    this.told = countOffsets(done);
  }

  /** Records that could not be put into the dead letters yet. */
  get unsentDeadLetters(): number {
    return this.attempts.unsentDeadLetters;
  }

  /** Whether it has nothing in hand. */
  get isEmpty(): boolean {
    return this.openRecords === 0;
  }

  /** Whether it has `share` of what it may have in hand. */
  holds(share: number): boolean {
    const { settings, circuitBreaker } = this.replica;
    const { maxPendingRecords, maxPendingBytes } = settings;
    // if all that is open fails by itself, only records to come can show that there is no outage
    const maxUntold = circuitBreaker.isOpen || this.isEmpty ? Infinity : maxPendingRecords * UNTOLD_FACTOR;
    return (
      this.openRecords >= maxPendingRecords * share ||
      this.openBytes >= maxPendingBytes * share ||
      this.untold >= maxUntold * share
    );
  }

  /** What to commit; `undefined` when it is committed already. */
  get uncommitted(): CommittedPosition | undefined {
    const { position } = this.tracker;
    const spent = [...this.attempts.spent].filter(([offset]) => offset >= position);
    const metadata = encodeProgress(position, {
      done: this.tracker.doneBeyond(),
      spent: spent.sort(([a], [b]) => (a < b ? -1 : 1)),
    });
    const isCommitted = position === this.committed.position && metadata === this.committed.metadata;
    return isCommitted ? undefined : { position, metadata };
  }

  mayCommit(position: bigint): boolean {
    return position >= this.committed.position && position <= this.tracker.position;
  }

  /** What is answered after the loss may have been left out. */
  wasCommitted(commit: CommittedPosition): void {
    if (this.lost || commit.position < this.committed.position) return;
    this.committed = commit;
    this.told = countOffsets(decodeProgress(commit.position, commit.metadata).done);
    this.replica.progressed(this.partition);
  }

  /** Takes a batch only when it begins where the last one ended. Answers the position expected next. */
  offer(batch: RecordBatch): bigint {
    for (const record of (this.stopping ? undefined : this.tracker.take(batch)) ?? []) {
      const open = pendingRecord(record, this.attempts.spent.get(record.offset));
      this.openRecords++;
      this.openBytes += open.bytes;
      this.lanes.add(queueKey(record), open);
    }
    this.pump();
    return this.tracker.expected;
  }

  /** Starts what may start now. */
  pump(): void {
    const { settings, circuitBreaker } = this.replica;
    while (!this.stopping && this.working < settings.concurrency && this.lanes.hasReady) {
      if (!this.replica.owns(this.partition) || !circuitBreaker.admits()) return;
      // the oldest are those that failed before, to this replica or another: they would show no outage's end
      const lane = circuitBreaker.isOpen ? this.lanes.takeLast(({ tried }) => !tried) : this.lanes.take();
      const [open] = lane?.items ?? [];
      if (lane !== undefined && open !== undefined) void this.work(lane, open);
    }
  }

  /** An outage is over: what may have failed because of it waits no longer. */
  recovered(): void {
    for (const [{ items }, { cancel, end }] of [...this.waits]) {
      const [open] = items;
      if (open?.waitsForRecovery !== true || open.recovered === true) continue;
      open.recovered = true;
      cancel();
      end();
    }
  }

  /** Starts nothing more; resolves when what is at work has settled. What waits for its next attempt is let go. */
  async drain(): Promise<void> {
    this.stop();
    if (this.working > 0) await new Promise<void>((resolve) => this.onIdle.push(resolve));
  }

  /** Lets go of all. What is at work goes on, for this replica's next delivery of the partition if there is one. */
  lose(): void {
    this.stop();
    this.lost = true;
    this.attempts.lose();
    this.lanes.clear();
  }

  private stop(): void {
    this.stopping = true;
    for (const { cancel } of this.waits.values()) cancel();
  }

  /** How many records beyond the position are completed that the last commit doesn't tell. */
  private get untold(): number {
    const passed = Number(this.tracker.position - this.committed.position);
    return this.tracker.completedBeyond - Math.max(this.told - passed, 0);
  }

  private done(): OffsetRange[] {
    return [{ from: 0n, to: this.tracker.position }, ...this.tracker.doneBeyond()];
  }

  private async work(lane: KeyQueue<PendingRecord>, open: PendingRecord): Promise<void> {
    this.working++;
    const waitMs = await this.attempts.next(lane.key, open);
    this.working--;
    if (waitMs === undefined) this.finish(lane, open);
    else if (waitMs === 0) this.lanes.again(lane);
    else if (!this.stopping) this.wait(lane, waitMs);
    if (this.working === 0) for (const resolve of this.onIdle.splice(0)) resolve();
    this.replica.progressed(this.partition);
    this.pump();
  }

  private finish(lane: KeyQueue<PendingRecord>, { record, bytes }: PendingRecord): void {
    this.tracker.done(record.offset);
    this.openRecords--;
    this.openBytes -= bytes;
    this.lanes.finished(lane);
  }

  private wait(lane: KeyQueue<PendingRecord>, delayMs: number): void {
    const end = (): void => {
      this.waits.delete(lane);
      this.lanes.again(lane);
      this.pump();
    };
    this.waits.set(lane, { cancel: this.replica.timers.after(delayMs, end), end });
  }
}
