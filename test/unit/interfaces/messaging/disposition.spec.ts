import { describe, expect, it } from '@jest/globals';
import { InvalidMessage, UndecodableMessage } from '../../../../src/application/application-errors.js';
import { loadConfig } from '../../../../src/bootstrap/config/load-config.js';
import { NotOurs } from '../../../../src/application/orders/delivery.js';
import { FulfilmentFailed, FulfilmentUnavailable } from '../../../../src/application/ports/fulfilment.js';
import { StoreUnavailable } from '../../../../src/application/ports/order-repository.js';
import { ConflictingContent, IllegalTransition } from '../../../../src/domain/order/order-errors.js';
import { AttemptTimedOut } from '../../../../packages/delivery/src/engine/record-handler.js';
import { describeFailure, decideDisposition } from '../../../../src/interfaces/messaging/disposition.js';

const POLICY = { maxAttempts: 5, initialMs: 200, maxMs: 30_000 };
const MOST = () => 1 - Number.EPSILON;
const decide = (error: unknown, attempt = 1, random = MOST) =>
  decideDisposition(error, attempt, POLICY, random);

describe('what becomes of a message', () => {
  it.each([
    [new ConflictingContent('order-1'), 'conflicting'],
    [new UndecodableMessage('not JSON'), 'invalid'],
    [new InvalidMessage('quantity must be a whole number'), 'invalid'],
  ])('that can never be processed, %s: dead-lettered at the first attempt', (error, reason) => {
    expect(decide(error)).toEqual({ kind: 'dead-letter', reason, mayBeOutage: false });
  });

  it.each([1, 5, 50])(
    'while the store is unavailable, at attempt %d: suspended, and no attempt is counted',
    (attempt) => {
      expect(decide(new StoreUnavailable('unreachable'), attempt)).toEqual({ kind: 'suspend' });
    },
  );

  it('that may be at another replica: let go', () => {
    expect(decide(new NotOurs(), 5)).toEqual({ kind: 'let-go' });
  });

  it.each([
    [1, 200],
    [2, 400],
    [3, 800],
    [4, 1_600],
  ])('that failed at attempt %d: retried after %d ms at most, which doubles', (attempt, delayMs) => {
    const disposition = decide(new Error('failed'), attempt);
    expect(disposition).toMatchObject({ kind: 'retry', mayBeOutage: false });
    expect(disposition.kind === 'retry' && Math.ceil(disposition.delayMs)).toBe(delayMs);
  });

  it('that failed: retried after a delay that has a maximum', () => {
    const policy = { ...POLICY, maxAttempts: 3_000 };
    const disposition = decideDisposition(new Error('failed'), 2_000, policy, MOST);
    expect(disposition.kind === 'retry' && Math.ceil(disposition.delayMs)).toBe(30_000);
  });

  it('that failed: retried after half of its back-off and a random part of the other half, so that many spread out', () => {
    expect(decide(new Error('failed'), 3, () => 0)).toMatchObject({ delayMs: 400 });
    expect(decide(new Error('failed'), 3, () => 0.5)).toMatchObject({ delayMs: 600 });
  });

  it('whose last attempt failed: dead-lettered', () => {
    expect(decide(new Error('failed'), 5)).toEqual({
      kind: 'dead-letter',
      reason: 'exhausted',
      mayBeOutage: false,
    });
  });

  it.each([
    ['its back-off, when it is asked for less', 100, 200],
    ['what it is asked for, when that is more', 60_000, 60_000],
    ['an hour at most', 86_400_000, 3_600_000],
  ])('that could not be fulfilled: retried after %s', (_what, retryAfterMs, delayMs) => {
    const disposition = decide(new FulfilmentFailed('fulfilment responded 500', { retryAfterMs }));
    expect(disposition.kind === 'retry' && Math.ceil(disposition.delayMs)).toBe(delayMs);
  });

  it.each([
    ['fulfilment', new FulfilmentFailed('fulfilment responded 500'), true],
    ['fulfilment, for this order alone', new FulfilmentFailed('no', { mayBeOutage: false }), false],
    ['its time-out', new AttemptTimedOut(30_000), true],
  ])('that failed by %s: it is said whether that may be an outage', (_what, error, mayBeOutage) => {
    expect(decide(error, 1)).toMatchObject({ kind: 'retry', mayBeOutage });
    expect(decide(error, 5)).toEqual({ kind: 'dead-letter', reason: 'exhausted', mayBeOutage });
  });

  it.each([1, 10, 50])(
    'while fulfilment is unavailable, at attempt %d: retried when it is available, and no attempt is counted',
    (attempt) => {
      const error = new FulfilmentUnavailable('fulfilment responded 503', { retryAfterMs: 7_000 });
      expect(decide(error, attempt)).toEqual({ kind: 'unavailable', retryAfterMs: 7_000 });
    },
  );

  it('for which alone fulfilment is unavailable: counted, and dead-lettered at the last attempt', () => {
    const error = new FulfilmentUnavailable('fulfilment responded 503');
    expect(decideDisposition(error, 2, POLICY, () => 0, true)).toEqual({
      kind: 'retry',
      delayMs: 200,
      mayBeOutage: false,
    });
    expect(decideDisposition(error, 5, POLICY, () => 0, true)).toEqual({
      kind: 'dead-letter',
      reason: 'exhausted',
      mayBeOutage: false,
    });
  });

  it.each([1, 4])(
    'that may have failed in an outage, at attempt %d: it is said how long to wait',
    (attempt) => {
      const error = new FulfilmentFailed('fulfilment responded 429', { retryAfterMs: 7_000 });
      expect(decide(error, attempt)).toEqual({
        kind: 'retry',
        delayMs: 7_000,
        retryAfterMs: 7_000,
        mayBeOutage: true,
      });
    },
  );

  it('that always fails: its ten attempts by default span two to four minutes', () => {
    const policy = loadConfig({}).consumer.retryPolicy;
    const spanMs = (random: number) => {
      let sum = 0;
      for (let attempt = 1; attempt < policy.maxAttempts; attempt++) {
        const disposition = decideDisposition(new Error('failed'), attempt, policy, () => random);
        if (disposition.kind === 'retry') sum += disposition.delayMs;
      }
      return sum;
    };
    expect(spanMs(0)).toBe(121_500);
    expect(Math.round(spanMs(1 - Number.EPSILON))).toBe(243_000);
  });

  it.each([
    ['a string', 'failed'],
    ['nothing', undefined],
    ['an object with such a code that is no error', { code: 'MESSAGE.INVALID' }],
    ['an error that can’t reach it, save by a bug', new IllegalTransition('processed', 'rejected')],
    ['an error with a code of another kind', Object.assign(new Error('x'), { code: 'ECONNRESET' })],
    ['an error with a code that is no text', Object.assign(new Error('x'), { code: 5 })],
    [
      'an error with the name of something that every object has',
      Object.assign(new Error('x'), { code: 'toString' }),
    ],
  ])('that failed with %s: retried', (_what, error) => {
    expect(decide(error)).toMatchObject({ kind: 'retry', mayBeOutage: false });
  });
});

describe('what a dead letter says of a failure', () => {
  it.each([
    [new UndecodableMessage('not JSON'), 'decode', 'MESSAGE.UNDECODABLE', 'not JSON'],
    [new InvalidMessage('quantity is 0'), 'validate', 'MESSAGE.INVALID', 'quantity is 0'],
    [
      new ConflictingContent('order-1'),
      'handle',
      'ORDER.CONFLICTING_CONTENT',
      "order 'order-1' exists already with another product or quantity",
    ],
    [new FulfilmentFailed('responded 500'), 'handle', 'FULFILMENT.FAILED', 'responded 500'],
    [
      new FulfilmentUnavailable('responded 503', { cause: new Error('503') }),
      'handle',
      'FULFILMENT.UNAVAILABLE',
      'responded 503',
    ],
    [new AttemptTimedOut(10), 'timeout', 'ATTEMPT.TIMED_OUT', 'the attempt took more than 10 ms'],
    [new TypeError('a bug'), 'handle', 'INTERNAL', 'a bug'],
    ['a string', 'handle', 'INTERNAL', 'a string'],
    [undefined, 'handle', 'INTERNAL', 'undefined'],
  ])('is its stage, its code and its message: %s', (error, stage, code, message) => {
    expect(describeFailure(error)).toEqual({ stage, code, message });
  });
});
