import { describe, expect, it } from '@jest/globals';
import { encodeProgress } from '../../../src/engine/commit-metadata.js';
import { groupProgress } from '../../../src/engine/group-progress.js';

/** 10 to 12, 15, and 20 to 29 are completed beyond 5. */
const completed = [
  { from: 10n, to: 13n },
  { from: 15n, to: 16n },
  { from: 20n, to: 30n },
];
const progress = groupProgress({
  position: 5n,
  metadata: encodeProgress(5n, { completed, failedAttempts: [[5n, { count: 2, firstAt: 1 }]] }),
});

describe('the progress of a group in a partition', () => {
  it.each([
    [0n, true, 0],
    [4n, true, 0],
    [5n, false, 0],
    [9n, false, 4],
    [10n, true, 0],
    [12n, true, 0],
    [13n, false, 5],
    [15n, true, 0],
    [16n, false, 7],
    [29n, true, 0],
    [30n, false, 11],
    [100n, false, 81],
  ])('of offset %s is completed: %s, with %i ahead', (offset, isCompleted, ahead) => {
    expect(progress(offset)).toEqual({ isCompleted, ahead });
  });

  it('counts all beyond the position where the metadata says nothing', () => {
    expect(groupProgress({ position: 0n, metadata: 'of somebody else' })(7n)).toEqual({
      isCompleted: false,
      ahead: 7,
    });
  });
});
