import { describe, expect, it } from '@jest/globals';
import { ValidateError } from '@tsoa/runtime';
import {
  InvalidIdempotencyKey,
  InvalidMessage,
  OrderNotProcessed,
} from '../../../../src/application/application-errors.js';
import {
  MessagePublishFailed,
  MessageTooLarge,
} from '../../../../src/application/ports/message-publisher.js';
import { StoreUnavailable } from '../../../../src/application/ports/order-repository.js';
import { PendingOrdersUnavailable } from '../../../../src/application/ports/pending-orders.js';
import { OrderNotConfirmed } from '../../../../src/application/orders/send-order.js';
import {
  ConflictingContent,
  IllegalTransition,
  InvalidOrderId,
  InvalidProduct,
  InvalidQuantity,
} from '../../../../src/domain/order/order-errors.js';
import {
  HttpProblem,
  problemDetails,
  problemHeaders,
} from '../../../../src/interfaces/http/problems/problem-details.js';
import { toProblem, type LocateField } from '../../../../src/interfaces/http/problems/problem-mapping.js';

const inBody: LocateField = () => 'body';
const unread = (status: number, type: string) => Object.assign(new Error('secret'), { status, type });
const unconfirmed = (cause: unknown) => new OrderNotConfirmed('a-1', cause);

describe('the problem of an error', () => {
  it.each<[unknown, string, number]>([
    [new InvalidOrderId(), 'invalid-request', 400],
    [new InvalidProduct('must not be empty'), 'invalid-request', 400],
    [new InvalidQuantity(), 'invalid-request', 400],
    [new InvalidIdempotencyKey(), 'invalid-request', 400],
    [new OrderNotProcessed('a-1'), 'order-not-processed', 404],
    [new ConflictingContent('a-1'), 'internal-error', 500],
    [new IllegalTransition('processed', 'rejected'), 'internal-error', 500],
    [new InvalidMessage('secret'), 'internal-error', 500],
    [unconfirmed(new MessagePublishFailed('not-sent', 'secret')), 'broker-unavailable', 503],
    [
      unconfirmed(new MessagePublishFailed('not-sent', 'secret', { reason: 'overloaded' })),
      'overloaded',
      503,
    ],
    [unconfirmed(new MessagePublishFailed('unknown', 'secret')), 'outcome-unknown', 503],
    [unconfirmed(new MessageTooLarge(2, 1)), 'payload-too-large', 413],
    [unconfirmed(new Error('secret')), 'internal-error', 500],
    [new StoreUnavailable('secret'), 'store-unavailable', 503],
    [new PendingOrdersUnavailable('secret'), 'broker-unavailable', 503],
    [unread(400, 'entity.parse.failed'), 'malformed-request', 400],
    [unread(400, 'request.aborted'), 'malformed-request', 400],
    [unread(413, 'entity.too.large'), 'payload-too-large', 413],
    [unread(415, 'charset.unsupported'), 'unsupported-media-type', 415],
    [unread(502, 'whatever'), 'internal-error', 500],
    [new Error('secret'), 'internal-error', 500],
    ['secret', 'internal-error', 500],
    [undefined, 'internal-error', 500],
    [{ code: 'ORDER.INVALID_ID' }, 'internal-error', 500],
  ])('%s is %s', (error, name, status) => {
    const details = problemDetails(toProblem(error, inBody), 'c-1');

    expect(details).toMatchObject({
      type: `urn:problem:order-service:${name}`,
      status,
      correlationId: 'c-1',
    });
    expect(JSON.stringify(details)).not.toContain('secret');
  });

  it('asks to retry exactly when it is 503', () => {
    const problems = [new StoreUnavailable('down'), new Error('bug')].map((error) =>
      toProblem(error, inBody),
    );

    expect(problems.map(problemHeaders)).toEqual([{ 'Retry-After': '1' }, {}]);
  });

  it('is the one that the adapter itself named', () => {
    const problem = { name: 'method-not-allowed', detail: 'Use POST.', headers: { Allow: 'POST' } } as const;

    expect(toProblem(new HttpProblem(problem), inBody)).toBe(problem);
  });
});

describe('the fields at fault', () => {
  it.each(['body', 'path', 'query', 'header'] as const)(
    'are where the operation has them: an orderId in the %s',
    (place) => {
      const locate: LocateField = (field) => (field === 'orderId' ? place : 'body');

      expect(toProblem(new InvalidOrderId(), locate).errors).toMatchObject([{ field: 'orderId', in: place }]);
    },
  );

  it('are in the body when the body has them, whatever their names', () => {
    const error = new ValidateError({ 'body.traceparent': { message: 'no', value: 1 } }, '');

    expect(toProblem(error, () => 'header').errors).toMatchObject([{ field: 'traceparent', in: 'body' }]);
  });

  it('have the names that the client gave them, in words that it understands', () => {
    const error = new ValidateError(
      {
        'body.product': { message: "'product' is required" },
        'body.quantity': { message: 'must be a whole number', value: '1' },
        'body.body.x': {
          message: '"body.x" is an excess property and therefore is not allowed',
          value: 'body.x',
        },
        'Idempotency-Key': { message: 'must have 1 to 255 characters', value: '' },
      },
      '',
    );

    expect(toProblem(error, (field) => (field === 'Idempotency-Key' ? 'header' : 'body')).errors).toEqual([
      { field: 'product', in: 'body', detail: 'is required' },
      { field: 'quantity', in: 'body', detail: 'must be a whole number' },
      { field: 'body.x', in: 'body', detail: 'is not a field of this request' },
      { field: 'Idempotency-Key', in: 'header', detail: 'must have 1 to 255 characters' },
    ]);
  });

  it('have at most 64 characters of their names', () => {
    const error = new ValidateError({ [`body.${'x'.repeat(60_000)}`]: { message: 'no', value: 1 } }, '');

    expect(toProblem(error, inBody).errors?.[0]?.field).toHaveLength(64);
  });
});
