import { describe, expect, it } from '@jest/globals';
import { AttemptTimedOut } from '../../../src/engine/record-handler.js';
import { toDeadLetter } from '../../../src/engine/to-dead-letter.js';

const RECORD = {
  topic: 'parcels',
  partition: 2,
  offset: 2n ** 60n,
  timestamp: 1_000,
  key: Uint8Array.of(1),
  value: null,
  headers: { a: Uint8Array.of(2) },
};
const failures = (error: unknown) => ({ error, attempts: 3, firstAt: 2_000, lastAt: 3_000 });
const consumer = { consumerGroup: 'followers', replica: 'follower-1' };

describe('the dead letter of a record', () => {
  it('has the record as it was, and what failed', () => {
    const cause = new Error('no route');
    const error = new RangeError('the carrier is unavailable', { cause });
    expect(toDeadLetter(RECORD, 'exhausted', failures(error), consumer)).toEqual({
      origin: { topic: 'parcels', partition: 2, offset: '1152921504606846976' },
      message: { key: RECORD.key, value: null, headers: RECORD.headers },
      sentAt: new Date(1_000),
      ...consumer,
      attempts: 3,
      firstFailureAt: new Date(2_000),
      lastFailureAt: new Date(3_000),
      stage: 'handle',
      reason: 'exhausted',
      errorCode: 'RangeError',
      errorMessage: 'the carrier is unavailable: no route',
      redriveCount: 0,
    });
  });

  it('tells an attempt that timed out', () => {
    const deadLetter = toDeadLetter(RECORD, 'exhausted', failures(new AttemptTimedOut(500)), consumer);
    expect(deadLetter).toMatchObject({ stage: 'timeout', errorCode: 'AttemptTimedOut' });
  });

  it.each([['a string'], [undefined]])('has a code and a message for whatever was thrown: %s', (error) => {
    const deadLetter = toDeadLetter(RECORD, 'exhausted', failures(error), consumer);
    expect(deadLetter).toMatchObject({ errorCode: 'Error', errorMessage: String(error) });
  });

  it('has what the handler knows better', () => {
    const details = { ...consumer, stage: 'decode', errorCode: 'PARCEL.INVALID', redriveCount: 2 } as const;
    expect(toDeadLetter(RECORD, 'invalid', failures(new Error('?')), details)).toMatchObject({
      reason: 'invalid',
      stage: 'decode',
      errorCode: 'PARCEL.INVALID',
      redriveCount: 2,
    });
  });
});
