import { describe, expect, it } from '@jest/globals';
import { FAULTS, type Fault } from '../faults/index.js';
import { deckOf } from '../tracks.js';
import { Random } from '../../../packages/delivery/test/simulation/random.js';

const fault = (kind: string, once?: true): Fault => ({
  kind,
  track: 'kafka',
  inject: () => Promise.resolve(),
  ...(once && { once }),
});
const drawn = (faults: readonly Fault[], seed: number, count: number): string[] => {
  const deck = deckOf(faults, new Random(seed));
  return Array.from({ length: count }, () => deck.next().value?.kind ?? 'none');
};

describe('the faults of a track', () => {
  const faults = [fault('a'), fault('first', true), fault('b'), fault('c')];

  it('come once, where they may come only once, before all others', () => {
    expect(drawn(faults, 1, 100).filter((kind) => kind === 'first')).toHaveLength(1);
    expect(drawn(faults, 1, 1)).toEqual(['first']);
  });

  it('come all of them before one comes again', () => {
    const others = drawn(faults, 1, 31).slice(1);

    for (let from = 0; from < others.length; from += 3) {
      expect(others.slice(from, from + 3).sort()).toEqual(['a', 'b', 'c']);
    }
  });

  it('come in the same order from the same seed, and in another from another', () => {
    expect(drawn(faults, 7, 50)).toEqual(drawn(faults, 7, 50));
    expect(drawn(faults, 7, 50)).not.toEqual(drawn(faults, 8, 50));
  });

  it('end when there is nothing but what comes once', () => {
    expect(drawn([fault('first', true)], 1, 2)).toEqual(['first', 'none']);
  });

  it('have names of their own', () => {
    const kinds = FAULTS.map(({ kind }) => kind);

    expect(new Set(kinds).size).toBe(kinds.length);
  });
});
