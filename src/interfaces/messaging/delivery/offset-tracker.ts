import type { ReceivedRecord, RecordBatch } from './record-source.js';

/** Offsets from `from` up to, but not including, `to`. */
export interface OffsetRange {
  readonly from: bigint;
  readonly to: bigint;
}

const COMPACT_AT = 1_024;

/**
 * Which records of a partition are done, in whatever order that happens. The only offset that may be committed is the
 * lowest one that is not done.
 */
export class OffsetTracker {
  private next: bigint;
  /** Done ahead of `next`: said by an earlier owner, or remembered. Ascending, apart from each other. */
  private ahead: OffsetRange[];
  private readonly open = new Set<bigint>();
  /** Offsets as they were taken; those before `lowest` are done. */
  private readonly taken: bigint[] = [];
  private lowest = 0;

  /** @param done what is known to be done at or beyond `position`, in any order */
  constructor(position: bigint, done: readonly OffsetRange[] = []) {
    this.next = position;
    this.ahead = union(done.filter(({ to }) => to > position));
  }

  /** Where the next batch must begin. */
  get expected(): bigint {
    return this.next;
  }

  get position(): bigint {
    return this.taken[this.lowest] ?? this.next;
  }

  /** The number of offsets from the position to the last one taken. */
  get span(): number {
    return Number(this.next - this.position);
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
    this.ahead = this.ahead.filter((range) => range.to > to);
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
    if (this.lowest < COMPACT_AT || this.lowest * 2 < this.taken.length) return;
    this.taken.splice(0, this.lowest);
    this.lowest = 0;
  }

  /** What is done beyond the position, ascending. Offsets that the log doesn't have count as done. */
  *doneBeyond(): Generator<OffsetRange> {
    let from = this.position + 1n;
    for (let index = this.lowest; index < this.taken.length; index++) {
      const offset = this.taken[index];
      if (offset === undefined || !this.open.has(offset)) continue;
      if (offset > from) yield { from, to: offset };
      from = offset + 1n;
    }
    if (this.next > from) yield { from, to: this.next };
    for (const range of this.ahead) {
      yield { from: range.from > this.next ? range.from : this.next, to: range.to };
    }
  }
}

/** For offsets that are asked in ascending order. */
function inOneOf(ranges: readonly OffsetRange[]): (offset: bigint) => boolean {
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
