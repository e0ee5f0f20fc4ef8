import { describe, expect, it } from '@jest/globals';
import { decodeProgress, encodeProgress, type FailedAttempts } from '../../../src/engine/commit-metadata.js';
import { startingPosition } from '../../../src/kafka/starting-positions.js';

describe('where a group goes on in a partition', () => {
  it.each([
    ['at its committed position', { committed: 7n, low: 3n, high: 9n }, 7n],
    ['at the end, when all is completed', { committed: 9n, low: 3n, high: 9n }, 9n],
    ['at the end of a log whose records were all deleted', { committed: 9n, low: 9n, high: 9n }, 9n],
    ['at 0 in an empty log', { committed: -1n, low: 0n, high: 0n }, 0n],
    ['beyond what a number can hold', { committed: 2n ** 60n, low: 0n, high: 2n ** 61n }, 2n ** 60n],
  ])('is %s, without a problem', (_where, offsets, position) => {
    expect(startingPosition({ ...offsets, metadata: 'noted' })).toEqual({
      position,
      metadata: offsets.committed < 0n ? '' : 'noted',
    });
  });

  it('is the earliest record when the group has committed nothing, which is said, as it may have lost its offsets', () => {
    expect(startingPosition({ committed: -1n, metadata: 'noted', low: 3n, high: 9n })).toEqual({
      position: 3n,
      metadata: '',
      problem:
        'the group has committed nothing here: 6 records are delivered, also those that it ever completed',
    });
  });

  it('is the first record left when some were deleted before they were completed, which is said', () => {
    expect(startingPosition({ committed: 2n, metadata: 'noted', low: 5n, high: 9n })).toEqual({
      position: 5n,
      metadata: '',
      problem: '3 records were deleted before they were completed',
    });
  });

  it('knows after such a loss which of the records left are completed, and takes no other for one of them', () => {
    const attempts: [bigint, FailedAttempts][] = [
      [3n, { count: 1, firstAt: 7 }],
      [9n, { count: 2, firstAt: 8 }],
    ];
    const metadata = encodeProgress(2n, {
      completed: [
        { from: 3n, to: 6n },
        { from: 7n, to: 8n },
      ],
      failedAttempts: attempts,
    });
    const start = startingPosition({ committed: 2n, metadata, low: 5n, high: 20n });
    expect(decodeProgress(start.position, start.metadata)).toEqual({
      completed: [
        { from: 5n, to: 6n },
        { from: 7n, to: 8n },
      ],
      failedAttempts: new Map(attempts.slice(1)),
    });
  });

  it('is the first record of a partition that ends below the committed position, which is said', () => {
    expect(startingPosition({ committed: 10n, metadata: 'noted', low: 2n, high: 9n })).toEqual({
      position: 2n,
      metadata: '',
      problem: 'the partition ends below the committed position: all of it is redelivered',
    });
  });
});
