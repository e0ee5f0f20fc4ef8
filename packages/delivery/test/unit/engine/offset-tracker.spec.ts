import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { OffsetRange } from '../../../src/engine/offset-range.js';
import { OffsetTracker } from '../../../src/engine/offset-tracker.js';
import { aBatch } from '../../support/a-batch.js';

const range = (from: number, to: number): OffsetRange => ({ from: BigInt(from), to: BigInt(to) });
const offsetsOf = (records: readonly { offset: bigint }[] | undefined) =>
  records?.map(({ offset }) => Number(offset));
const sizeOf = (tracker: OffsetTracker) =>
  JSON.stringify(tracker, (_, value: unknown) => (typeof value === 'bigint' ? 0 : value)).length;

describe('an offset tracker', () => {
  it('starts at the position it is given, before any record came', () => {
    const tracker = new OffsetTracker(7n);
    expect(tracker.lowWaterMark).toBe(7n);
    expect(tracker.expected).toBe(7n);
  });

  it('moves its low-water mark past a record only when that is completed', () => {
    const tracker = new OffsetTracker(0n);
    tracker.take(aBatch({ from: 0, to: 4 }));
    for (const offset of [3n, 1n, 2n]) tracker.complete(offset);
    expect(tracker.lowWaterMark).toBe(0n);
    expect([...tracker.rangesBeyond()]).toEqual([range(1, 4)]);
    tracker.complete(0n);
    expect(tracker.lowWaterMark).toBe(4n);
  });

  it('takes only a batch that begins where the last one ended', () => {
    const tracker = new OffsetTracker(5n);
    expect(tracker.take(aBatch({ from: 6, to: 8 }))).toBeUndefined();
    expect(tracker.take(aBatch({ from: 4, to: 8 }))).toBeUndefined();
    expect(offsetsOf(tracker.take(aBatch({ from: 5, to: 8 })))).toEqual([5, 6, 7]);
    expect(tracker.expected).toBe(8n);
  });

  it('moves past offsets that the topic does not have', () => {
    const tracker = new OffsetTracker(0n);
    tracker.take(aBatch({ from: 0, to: 10, offsets: [4] }));
    expect(tracker.lowWaterMark).toBe(4n);
    tracker.complete(4n);
    expect(tracker.lowWaterMark).toBe(10n);
  });

  it('hands out nothing that is known to be completed, and keeps knowing it', () => {
    const tracker = new OffsetTracker(0n, [range(6, 9), range(2, 4), range(3, 5)]);
    expect([...tracker.rangesBeyond()]).toEqual([range(2, 5), range(6, 9)]);
    expect(offsetsOf(tracker.take(aBatch({ from: 0, to: 7 })))).toEqual([0, 1, 5]);
    expect([...tracker.rangesBeyond()]).toEqual([range(2, 5), range(6, 7), range(7, 9)]);
    expect(offsetsOf(tracker.take(aBatch({ from: 7, to: 10 })))).toEqual([9]);
  });

  it('says as one range what was completed in ranges that touch', () => {
    const tracker = new OffsetTracker(0n, [range(4, 6), range(2, 4)]);
    expect([...tracker.rangesBeyond()]).toEqual([range(2, 6)]);
  });

  it('knows nothing of what lies below its position', () => {
    const tracker = new OffsetTracker(10n, [range(0, 12)]);
    expect(offsetsOf(tracker.take(aBatch({ from: 10, to: 14 })))).toEqual([12, 13]);
  });

  it('is at each moment what a plain list of flags says', () => {
    const step = fc.oneof(
      fc.record({ take: fc.integer({ min: 0, max: 6 }), holes: fc.integer() }),
      fc.record({ completed: fc.nat(60) }),
    );
    const ranges = fc.array(fc.tuple(fc.nat(40), fc.integer({ min: 1, max: 8 })), { maxLength: 4 });
    fc.assert(
      fc.property(fc.nat(10), ranges, fc.array(step, { maxLength: 80 }), (start, known, steps) => {
        const tracker = new OffsetTracker(
          BigInt(start),
          known.map(([from, length]) => range(from, from + length)),
        );
        const isCompleted = new Map<number, boolean>();
        const isKnown = (offset: number) =>
          known.some(([from, length]) => offset >= from && offset < from + length);
        let next = start;
        for (const each of steps) {
          if ('take' in each) {
            const offsets = Array.from({ length: each.take }, (_, index) => next + index).filter(
              (offset) => ((each.holes >> (offset % 30)) & 1) === 0,
            );
            const taken = tracker.take(aBatch({ from: next, to: next + each.take, offsets }));
            expect(offsetsOf(taken)).toEqual(offsets.filter((offset) => !isKnown(offset)));
            for (const offset of offsets) isCompleted.set(offset, isKnown(offset));
            next += each.take;
          } else if (isCompleted.get(each.completed) === false) {
            tracker.complete(BigInt(each.completed));
            isCompleted.set(each.completed, true);
          }
          const pending = [...isCompleted].filter(([, completed]) => !completed).map(([offset]) => offset);
          const position = Math.min(next, ...pending);
          expect(Number(tracker.lowWaterMark)).toBe(position);
          const known60 = Array.from({ length: 60 }, (_, offset) => offset);
          const ahead = known60.filter((offset) => offset >= next && isKnown(offset)).length;
          expect(tracker.completedBeyond).toBe(next - position - pending.length + ahead);
          const said = new Set<number>();
          for (const { from, to } of tracker.rangesBeyond()) {
            expect(from).toBeLessThan(to);
            for (let offset = from; offset < to; offset++) said.add(Number(offset));
          }
          const isCompletedAt = (offset: number) =>
            offset < next ? !pending.includes(offset) : isKnown(offset);
          const onward = Array.from({ length: Math.max(60 - position, 0) }, (_, index) => position + index);
          expect(onward.filter((offset) => tracker.isCompleted(BigInt(offset)))).toEqual(
            onward.filter(isCompletedAt),
          );
          expect(onward.filter((offset) => said.has(offset))).toEqual(
            onward.filter((offset) => isCompletedAt(offset) && (offset > position || offset >= next)),
          );
        }
      }),
    );
  });

  it('stays small over a long time', () => {
    const tracker = new OffsetTracker(0n);
    for (let from = 0; from < 100_000; from += 100) {
      tracker.take(aBatch({ from, to: from + 100 }));
      for (let offset = from + 99; offset >= from; offset--) tracker.complete(BigInt(offset));
    }
    expect(tracker.lowWaterMark).toBe(100_000n);
    expect(sizeOf(tracker)).toBeLessThan(10_000);
  });

  it('stays small however far behind the oldest pending record lies', () => {
    const tracker = new OffsetTracker(0n);
    for (let from = 0; from < 100_000; from += 100) {
      tracker.take(aBatch({ from, to: from + 100 }));
      for (let offset = from; offset < from + 100; offset++) {
        if (offset % 10_000 !== 0) tracker.complete(BigInt(offset));
      }
    }
    expect(tracker.lowWaterMark).toBe(0n);
    expect(tracker.completedBeyond).toBe(99_990);
    expect([...tracker.rangesBeyond()]).toHaveLength(10);
    expect(sizeOf(tracker)).toBeLessThan(10_000);
    tracker.complete(0n);
    expect(tracker.lowWaterMark).toBe(10_000n);
  });
});
