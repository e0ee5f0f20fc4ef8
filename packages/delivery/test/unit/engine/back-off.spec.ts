import { describe, expect, it } from '@jest/globals';
import { backOffMs } from '../../../src/engine/back-off.js';

const BACK_OFF = { initialMs: 100, maxMs: 500 };

describe('a back-off', () => {
  it('doubles with each failed attempt, up to its maximum', () => {
    expect([1, 2, 3, 4, 1_000].map((attempt) => backOffMs(attempt, BACK_OFF))).toEqual([
      100, 200, 400, 500, 500,
    ]);
  });

  it('with random numbers has equal jitter: half of it is random', () => {
    expect([0, 0.5, 1].map((random) => backOffMs(2, BACK_OFF, () => random))).toEqual([100, 150, 200]);
  });
});
