import { describe, expect, it } from '@jest/globals';
import {
  InvalidIdempotencyKey,
  InvalidMessage,
  OrderNotCarriedOut,
  UndecodableMessage,
} from '../../../../src/application/application-errors.js';
import { FulfilmentFailed } from '../../../../src/application/ports/fulfilment.js';
import { StoreUnavailable } from '../../../../src/application/ports/order-repository.js';
import {
  ConflictingContent,
  IllegalTransition,
  InvalidOrderId,
  InvalidProduct,
  InvalidQuantity,
} from '../../../../src/domain/order/order-errors.js';
import { dispositionOf } from '../../../../src/interfaces/messaging/disposition.js';

const POLICY = { initialMs: 200, maxMs: 30_000 };

describe('what becomes of a message', () => {
  it.each([
    new InvalidOrderId(),
    new InvalidProduct('must not be empty'),
    new InvalidQuantity(),
    new ConflictingContent('order-1'),
    new IllegalTransition('processed', 'rejected'),
    new OrderNotCarriedOut('order-1'),
    new InvalidIdempotencyKey(),
    new UndecodableMessage('not JSON'),
    new InvalidMessage('quantity must be a whole number'),
  ])('that is refused, $name: its partition stops', (error) => {
    expect(dispositionOf(error, 1, POLICY)).toEqual({ kind: 'halt' });
  });

  it.each([
    ['its back-off, when it is asked for less', 100, 200],
    ['what it is asked for, when that is more', 60_000, 60_000],
    ['an hour at most', 86_400_000, 3_600_000],
  ])('that fulfilment could not carry out: again after %s', (_what, retryAfterMs, delayMs) => {
    const error = new FulfilmentFailed('fulfilment answered 503', { retryAfterMs });
    expect(dispositionOf(error, 1, POLICY)).toEqual({ kind: 'retry', delayMs });
  });

  it.each([1, 2, 50])(
    'while the store is away, at attempt %d: again soon, and no attempt is spent',
    (attempt) => {
      expect(dispositionOf(new StoreUnavailable('away'), attempt, POLICY)).toEqual({
        kind: 'suspend',
        delayMs: 200,
      });
    },
  );

  it.each([
    [1, 200],
    [2, 400],
    [3, 800],
    [8, 25_600],
    [9, 30_000],
    [2_000, 30_000],
  ])('that failed at attempt %d: again after %d ms, which doubles up to a maximum', (attempt, delayMs) => {
    expect(dispositionOf(new Error('failed'), attempt, POLICY)).toEqual({ kind: 'retry', delayMs });
  });

  it.each([
    ['a string', 'failed'],
    ['nothing', undefined],
    ['an object with the code of a refusal that is no error', { code: 'MESSAGE.INVALID' }],
    ['an error with a code of another kind', Object.assign(new Error('x'), { code: 'ECONNRESET' })],
    ['an error with a code that is no text', Object.assign(new Error('x'), { code: 5 })],
    [
      'an error with the name of something that every object has',
      Object.assign(new Error('x'), { code: 'toString' }),
    ],
  ])('that failed with %s: again', (_what, error) => {
    expect(dispositionOf(error, 1, POLICY)).toEqual({ kind: 'retry', delayMs: 200 });
  });
});
