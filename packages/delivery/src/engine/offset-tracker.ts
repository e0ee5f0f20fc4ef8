import type { ReceivedRecord, RecordBatch } from './record-source.js';

/** Offsets from `from` up to, but not including, `to`. */
export interface OffsetRange {
  readonly from: bigint;
  readonly to: bigint;
}

const COMPACT_AT = 1_024;

/**
 * Which records of a partition are done, in whatever order that happens. The only offset that may be committed is the
 * lowest one that is not done. What it keeps grows with the pending records and the ranges between them alone.
 */
export class OffsetTracker {
  private next: bigint;
  /** Done ahead of `next`: said by an earlier owner, or remembered. Ascending, apart from each other. */
  private ahead: readonly OffsetRange[] = [];
  private aheadCount = 0;
  /** Ascending, as they were taken. */
  private readonly open = new Set<bigint>();
  /** The same, and some that are done: of those at `lowest` and after it the first one is open. */
  private taken: bigint[] = [];
  private lowest = 0;

  /** @param done what is known to be done at or beyond `position`, in any order */
  constructor(position: bigint, done: readonly OffsetRange[] = []) {
    this.next = position;
    this.setAhead(union(done));
  }

  /** Where the next batch must begin. */
  get expected(): bigint {
    return this.next;
  }

  get position(): bigint {
    return this.taken[this.lowest] ?? this.next;
  }

  /** How many offsets are completed beyond the position, those that an earlier owner completed among them. */
  get completedBeyond(): number {
    return Number(this.next - this.position) - this.open.size + this.aheadCount;
  }

  /** The records that are still to be carried out; `undefined` when the batch doesn't begin where it should. */
  take({ from, to, records }: RecordBatch): readonly ReceivedRecord[] | undefined {
    if (from !== this.next) return undefined;
    const isDone = inOneOf(this.ahead);
    const todo = records.filter(({ offset }) => !isDone(offset));
    for (const { offset } of todo) {
      this.open.add(offset);
      this.taken.push(offset);
    }
    this.next = to;
    if (this.ahead.length > 0) this.setAhead(this.ahead);
    return todo;
  }

  isDone(offset: bigint): boolean {
    return offset < this.next ? !this.open.has(offset) : inOneOf(this.ahead)(offset);
  }

  done(offset: bigint): void {
    this.open.delete(offset);
    for (let at = this.taken[this.lowest]; at !== undefined && !this.open.has(at);) {
      at = this.taken[++this.lowest];
    }
    if (this.taken.length <= 2 * this.open.size + COMPACT_AT) return;
    this.taken = [...this.open];
    this.lowest = 0;
  }

  /** What is done beyond the position, ascending. Offsets that the log doesn't have count as done. */
  *doneBeyond(): Generator<OffsetRange> {
    let from = this.position + 1n;
    for (const offset of this.open) {
      if (offset > from) yield { from, to: offset };
      from = offset + 1n;
    }
    if (this.next > from) yield { from, to: this.next };
    yield* this.ahead;
  }

  /** Of these what lies beyond `next`. */
  private setAhead(ranges: readonly OffsetRange[]): void {
    this.ahead = ranges
      .filter(({ to }) => to > this.next)
      .map(({ from, to }) => ({ from: from > this.next ? from : this.next, to }));
    this.aheadCount = countOffsets(this.ahead);
  }
}

export function countOffsets(ranges: Iterable<OffsetRange>): number {
  let count = 0n;
  for (const { from, to } of ranges) count += to - from;
  return Number(count);
}

/** For offsets that are asked in ascending order. */
export function inOneOf(ranges: readonly OffsetRange[]): (offset: bigint) => boolean {
  let index = 0;
  return (offset) => {
    while ((ranges[index]?.to ?? offset + 1n) <= offset) index++;
    return offset >= (ranges[index]?.from ?? offset + 1n);
  };
}

function union(ranges: readonly OffsetRange[]): OffsetRange[] {
  const united: OffsetRange[] = [];
  for (const range of ranges.toSorted((a, b) => (a.from < b.from ? -1 : 1))) {
    const last = united.at(-1);
    if (last === undefined || range.from > last.to) united.push(range);
    else if (range.to > last.to) united[united.length - 1] = { from: last.from, to: range.to };
  }
  return united;
}
