import type { OrderAccepted, OrderView, PendingOrderView } from './order-dtos.js';
import type { ProblemDetails } from '../problems/problem-details.js';

/**
 * Examples of the OpenAPI document, of one order. tsoa reads them from the source: so they are plain literals, and a test
 * compares them with the code.
 */
export const ORDER_ACCEPTED: OrderAccepted = {
  status: 'Success',
  orderId: 'order-1001',
  topic: 'app.order.publish',
  partition: 3,
  offset: '1042',
};

export const PENDING_ORDER: PendingOrderView = {
  orderId: 'order-1001',
  status: 'pending',
  partition: 3,
  offset: '1042',
  ahead: 2,
  since: new Date('2025-01-15T10:30:00.004Z'),
};

export const PROCESSED_ORDER: OrderView = {
  orderId: 'order-1001',
  product: 'Coffee grinder',
  quantity: 1,
  placedAt: new Date('2025-01-15T10:30:00.000Z'),
  status: 'processed',
  completedAt: new Date('2025-01-15T10:30:01.874Z'),
  replica: 'replica-4',
  topic: 'app.order.publish',
  partition: 3,
  offset: '1042',
  attempt: 1,
};

export const PARKED_ORDER: OrderView = {
  orderId: 'order-1001',
  product: 'Coffee grinder',
  quantity: 1,
  placedAt: new Date('2025-01-15T10:30:00.000Z'),
  status: 'parked',
  replica: 'replica-4',
  topic: 'app.order.publish',
  partition: 3,
  offset: '1042',
  attempt: 10,
};

export const INVALID_REQUEST: ProblemDetails = {
  type: 'urn:problem:order-service:invalid-request',
  title: 'The request is not valid',
  status: 400,
  detail: 'product must not be empty',
  instance: '/api/Order/Send',
  correlationId: '01946983-4c40-7c11-9a52-3f6d0c8e4b21',
  errors: [{ field: 'product', in: 'body', detail: 'must not be empty' }],
};

export const OUTCOME_UNKNOWN: ProblemDetails = {
  type: 'urn:problem:order-service:outcome-unknown',
  title: 'It is unknown whether the order was accepted',
  status: 503,
  detail:
    "The broker did not confirm the order. Send it again under the orderId 'order-1001': it takes effect once.",
  instance: '/api/Order/Send',
  correlationId: '01946983-4c40-7c11-9a52-3f6d0c8e4b21',
  orderId: 'order-1001',
};

export const NOT_PROCESSED: ProblemDetails = {
  type: 'urn:problem:order-service:order-not-processed',
  title: 'No replica has processed the order',
  status: 404,
  detail:
    "no replica has processed an order 'order-1001': it was never sent, or still waits; ask at the Location of its 202, /api/Order/order-1001?partition=…&offset=…, to see it while it waits",
  instance: '/api/Order/order-1001',
  correlationId: '01946983-4c40-7c11-9a52-3f6d0c8e4b21',
  errors: [
    {
      field: 'orderId',
      in: 'path',
      detail:
        "no replica has processed an order 'order-1001': it was never sent, or still waits; ask at the Location of its 202, /api/Order/order-1001?partition=…&offset=…, to see it while it waits",
    },
  ],
};
