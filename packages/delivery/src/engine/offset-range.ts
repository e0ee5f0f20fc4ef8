/** Offsets from `from` up to, but not including, `to`. */
export interface OffsetRange {
  readonly from: bigint;
  readonly to: bigint;
}

export function countOffsets(ranges: Iterable<OffsetRange>): number {
  let count = 0n;
  for (const { from, to } of ranges) count += to - from;
  return Number(count);
}

/** Whether one of the ranges, which ascend, has an offset; for offsets that are asked in ascending order. */
export function inRanges(ranges: readonly OffsetRange[]): (offset: bigint) => boolean {
  let index = 0;
  return (offset) => {
    while ((ranges[index]?.to ?? offset + 1n) <= offset) index++;
    return offset >= (ranges[index]?.from ?? offset + 1n);
  };
}

/** The same offsets in ranges that ascend and don't touch. */
export function uniteRanges(ranges: readonly OffsetRange[]): OffsetRange[] {
  const united: OffsetRange[] = [];
  for (const range of ranges.toSorted((a, b) => (a.from < b.from ? -1 : 1))) {
    const last = united.at(-1);
    if (last === undefined || range.from > last.to) united.push(range);
    else if (range.to > last.to) united[united.length - 1] = { from: last.from, to: range.to };
  }
  return united;
}
