import { countOffsets, inRanges, uniteRanges, type OffsetRange } from './offset-range.js';
import type { ReceivedRecord, RecordBatch } from './record-source.js';

const COMPACT_AT = 1_024;

/**
 * Which records of a partition are completed, in whatever order that happens. Only the low-water mark may be committed.
 * What it keeps grows with the pending records and the ranges between them alone.
 */
export class OffsetTracker {
  private next: bigint;
  /** Completed beyond `next`: by an earlier owner, or as this replica remembers. Ascending, apart from each other. */
  private ahead: readonly OffsetRange[] = [];
  private aheadCount = 0;
  /** When each was sent, by offset; ascending, as they were taken. */
  private readonly pending = new Map<bigint, number>();
  /** The same, and some that are completed: of those from index `lowest` on the first one is pending. */
  private taken: bigint[] = [];
  private lowest = 0;

  /** @param completed at or beyond `position`, in any order */
  constructor(position: bigint, completed: readonly OffsetRange[] = []) {
    this.next = position;
    this.setAhead(uniteRanges(completed));
  }

  /** Where the next batch must begin. */
  get expected(): bigint {
    return this.next;
  }

  /** The lowest offset that is not completed. */
  get lowWaterMark(): bigint {
    return this.taken[this.lowest] ?? this.next;
  }

  /** When the record at the low-water mark was sent; `undefined` when none is pending. */
  get oldestAt(): number | undefined {
    return this.pending.get(this.lowWaterMark);
  }

  /** How many offsets are completed beyond the low-water mark, by an earlier owner too. */
  get completedBeyond(): number {
    return Number(this.next - this.lowWaterMark) - this.pending.size + this.aheadCount;
  }

  /** Returns the records that are now pending; `undefined` when the batch doesn't begin where it should. */
  take({ from, to, records }: RecordBatch): readonly ReceivedRecord[] | undefined {
    if (from !== this.next) return undefined;
    const isCompleted = inRanges(this.ahead);
    const pending = records.filter(({ offset }) => !isCompleted(offset));
    for (const { offset, timestamp } of pending) {
      this.pending.set(offset, timestamp);
      this.taken.push(offset);
    }
    this.next = to;
    if (this.ahead.length > 0) this.setAhead(this.ahead);
    return pending;
  }

  isCompleted(offset: bigint): boolean {
    return offset < this.next ? !this.pending.has(offset) : inRanges(this.ahead)(offset);
  }

  complete(offset: bigint): void {
    this.pending.delete(offset);
    for (let at = this.taken[this.lowest]; at !== undefined && !this.pending.has(at);) {
      at = this.taken[++this.lowest];
    }
    if (this.taken.length <= 2 * this.pending.size + COMPACT_AT) return;
    this.taken = [...this.pending.keys()];
    this.lowest = 0;
  }

  /** What is completed beyond the low-water mark, ascending. Offsets that the topic doesn't have count as completed. */
  *rangesBeyond(): Generator<OffsetRange> {
    let from = this.lowWaterMark + 1n;
    for (const offset of this.pending.keys()) {
      if (offset > from) yield { from, to: offset };
      from = offset + 1n;
    }
    if (this.next > from) yield { from, to: this.next };
    yield* this.ahead;
  }

  /** Keeps of the ranges what lies beyond `next`. */
  private setAhead(ranges: readonly OffsetRange[]): void {
    this.ahead = ranges
      .filter(({ to }) => to > this.next)
      .map(({ from, to }) => ({ from: from > this.next ? from : this.next, to }));
    this.aheadCount = countOffsets(this.ahead);
  }
}
