import { beforeEach, describe, expect, it } from '@jest/globals';
import type { DeadLetterFilter } from '../../../src/engine/dead-letters.js';
import { portions } from '../../../src/kafka/kafka-dead-letter-store.js';
import { PartitionIndex } from '../../../src/kafka/partition-index.js';
import { aDeadLetter, ORIGIN } from '../../../src/contract/a-dead-letter.js';

const at = (offset: number) => ({ ...ORIGIN, offset: String(offset) });
let index: PartitionIndex;
let next: number;
beforeEach(() => {
  index = new PartitionIndex(3);
  next = 0;
});

/** Their positions in the dead-letter topic. */
function found(filter: DeadLetterFilter = {}): number[] {
  return index.matching(filter).map(({ position }) => Number(position));
}

/** Dead letters of 10 bytes, one after another in the topic, of these offsets at their origin. */
function add(...offsets: number[]): void {
  for (const offset of offsets) {
    const deadLetter = aDeadLetter(at(offset), { reason: offset % 2 ? 'invalid' : 'exhausted' });
    index.add(deadLetter, { position: BigInt(next++), bytes: 10, key: deadLetter.message.key });
  }
}

function resolve(...offsets: number[]): void {
  for (const offset of offsets) index.resolve(at(offset));
}

describe('the index of a partition’s unresolved dead letters', () => {
  it('has them in the order of their origins', () => {
    add(3, 20, 1, 100, 9);
    expect(found()).toEqual([2, 0, 4, 1, 3]);
  });

  it('has the first of one that was added twice', () => {
    add(1, 2, 1);
    expect(found()).toEqual([0, 1]);
  });

  it('has none that was resolved, and none of that origin again', () => {
    add(1, 2);
    resolve(1);
    add(1);
    expect(found()).toEqual([1]);
  });

  it('remembers only the latest that were resolved', () => {
    add(1, 2, 3, 4);
    resolve(1, 2, 3, 4);
    add(2, 3, 4);
    expect(found()).toEqual([]);
    add(1);
    expect(found()).toEqual([7]);
  });

  it('ignores a resolution of one that was not there', () => {
    resolve(1);
    add(1);
    expect(found()).toEqual([0]);
  });

  it('has none whose record was deleted, and the others', () => {
    add(5, 1, 4);
    index.forgetBefore(2n);
    expect(found()).toEqual([2]);
    add(1);
    expect(found()).toEqual([3, 2]);
  });

  it('is in order again after each change', () => {
    add(1, 2, 4);
    expect(found()).toEqual([0, 1, 2]);
    resolve(2);
    expect(found()).toEqual([0, 2]);
    add(3);
    expect(found()).toEqual([0, 3, 2]);
    index.forgetBefore(1n);
    expect(found()).toEqual([3, 2]);
  });

  it('is in order when most were resolved, and others were added since', () => {
    add(9, 8, 7, 6, 5, 4, 3, 2, 1);
    expect(found()).toHaveLength(9);
    resolve(1, 3, 5, 7, 9, 8);
    expect(found()).toEqual([7, 5, 3]);
    add(5);
    index.forgetBefore(4n);
    expect(found()).toEqual([7, 5, 9]);
  });

  it('finds by reason, key, time and origin', () => {
    add(1, 2, 3);
    expect(found({ reason: 'invalid' })).toEqual([0, 2]);
    expect(found({ key: 'key-2' })).toEqual([1]);
    expect(found({ before: aDeadLetter().lastFailureAt })).toEqual([]);
    expect(found({ before: new Date(aDeadLetter().lastFailureAt.getTime() + 1) })).toEqual([0, 1, 2]);
    expect(found({ origin: at(3) })).toEqual([2]);
    expect(found({ origin: at(3), reason: 'exhausted' })).toEqual([]);
    expect(found({ origin: at(4) })).toEqual([]);
  });

  it.each([43, 44, 100_000])('tells keys of %i bytes apart, and none from an empty one', (length) => {
    const keys = ['a', 'b'].map((last) => 'k'.repeat(length - 1) + last);
    for (const [position, key] of [...keys, '', undefined].entries()) {
      const bytes = key === undefined ? null : Buffer.from(key);
      index.add(aDeadLetter(at(position)), { position: BigInt(position), bytes: 10, key: bytes });
    }
    expect(keys.map((key) => found({ key }))).toEqual([[0], [1]]);
    expect(found({ key: '' })).toEqual([2]);
  });
});

describe('what is read at a time', () => {
  const portionSizes = (sizes: readonly number[]) => {
    const { origin, reason } = aDeadLetter();
    const entries = sizes.map((bytes, index) => ({
      origin,
      position: BigInt(index),
      bytes,
      reason,
      at: 0,
      keyDigest: undefined,
    }));
    return Array.from(portions(entries), (each) => each.length);
  };
  const MiB = 1024 * 1024;

  it('has so many bytes, or one dead letter', () => {
    expect(portionSizes([8 * MiB, 8 * MiB, 1, 20 * MiB, 1])).toEqual([2, 1, 1, 1]);
    expect(portionSizes([])).toEqual([]);
  });

  it('has 500 at most', () => {
    expect(portionSizes(Array.from({ length: 1_001 }, () => 1))).toEqual([500, 500, 1]);
  });
});
