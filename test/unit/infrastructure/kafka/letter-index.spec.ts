import { beforeEach, describe, expect, it } from '@jest/globals';
import { LetterIndex } from '../../../../src/infrastructure/messaging/kafka/letter-index.js';
import { ORIGIN } from '../../../support/a-dead-letter.js';

const at = (offset: number) => ({ ...ORIGIN, offset: String(offset) });
let index: LetterIndex;
beforeEach(() => {
  index = new LetterIndex();
});

function portions(maxBytes = 1_000): number[][] {
  return index.portions(maxBytes).map((places) => places.map(({ position }) => Number(position)));
}

/** Letters of 10 bytes, one after another in the log, of these offsets at their origin. */
function add(...offsets: number[]): void {
  offsets.forEach((offset, position) => index.add(at(offset), { position: BigInt(position), bytes: 10 }));
}

describe('the index of a partition’s letters', () => {
  it('has them in the order of their origins', () => {
    add(3, 20, 1, 100);
    expect(portions()).toEqual([[2, 0, 1, 3]]);
  });

  it('has the first of one that was added twice, wanted or not', () => {
    add(1, 2, 1);
    index.add(at(3), undefined);
    index.add(at(3), { position: 9n, bytes: 10 });
    expect(portions()).toEqual([[0, 1]]);
  });

  it('has none that was marked, and none of that origin again', () => {
    add(1, 2);
    index.mark(at(1));
    add(1);
    expect(portions()).toEqual([[1]]);
  });

  it('does not mind a mark of a letter that was not there', () => {
    index.mark(at(1));
    add(1);
    expect(portions()).toEqual([[0]]);
  });

  it('is cut into portions of so many bytes, or of one letter', () => {
    add(1, 2, 3, 4, 5);
    expect(portions(20)).toEqual([[0, 1], [2, 3], [4]]);
    expect(portions(29)).toEqual([[0, 1], [2, 3], [4]]);
    expect(portions(5)).toEqual([[0], [1], [2], [3], [4]]);
  });

  it('of nothing has no portion', () => {
    expect(portions()).toEqual([]);
  });
});
