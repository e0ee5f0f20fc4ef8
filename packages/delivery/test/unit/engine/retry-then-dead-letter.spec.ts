import { describe, expect, it } from '@jest/globals';
import { retryThenDeadLetter } from '../../../src/engine/retry-then-dead-letter.js';
import { aBatch } from '../../support/a-batch.js';

const POLICY = { maxAttempts: 4, initialMs: 100, maxMs: 300 };

function decide(attempt: number, random = 1) {
  const [record] = aBatch({ from: 0, to: 1 }).records;
  if (record === undefined) throw new Error('no record');
  return retryThenDeadLetter(POLICY, () => random)(new Error('failed'), record, attempt);
}

describe('the ready-made decision', () => {
  it('is a retry with back-off until all attempts have failed', () => {
    expect([1, 2, 3].map((attempt) => decide(attempt))).toEqual(
      [100, 200, 300].map((delayMs) => ({ kind: 'retry', delayMs, mayBeOutage: true })),
    );
  });

  it('has equal jitter', () => {
    expect(decide(2, 0)).toMatchObject({ delayMs: 100 });
  });

  it('is then to dead-letter the record, unless it is an outage', () => {
    const deadLetter = { kind: 'dead-letter', reason: 'exhausted', mayBeOutage: true };
    expect([4, 5].map((attempt) => decide(attempt))).toEqual([deadLetter, deadLetter]);
  });
});
