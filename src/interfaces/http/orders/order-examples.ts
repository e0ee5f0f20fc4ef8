import type { OrderAccepted, OrderView } from './order-dtos.js';
import type { ProblemDetails } from '../problems/problem-details.js';

/** Examples of the OpenAPI document; tsoa reads them from the source, so they are plain literals. */
export const ORDER_ACCEPTED: OrderAccepted = {
  status: 'Success',
  orderId: 'order-1001',
  topic: 'app.order.publish',
  partition: 3,
  offset: '1042',
};

export const PROCESSED_ORDER: OrderView = {
  orderId: 'order-1001',
  product: 'Coffee grinder',
  quantity: 1,
  placedAt: new Date('2025-01-15T10:30:00.000Z'),
  status: 'processed',
  completedAt: new Date('2025-01-15T10:30:00.120Z'),
  replica: 'replica-2',
  topic: 'app.order.publish',
  partition: 3,
  offset: '1042',
  attempt: 1,
};

export const PARKED_ORDER: OrderView = {
  orderId: 'order-1002',
  product: 'fail',
  quantity: 1,
  placedAt: new Date('2025-01-15T10:30:00.000Z'),
  status: 'parked',
  replica: 'replica-2',
  topic: 'app.order.publish',
  partition: 3,
  offset: '1043',
  attempt: 5,
};

export const INVALID_REQUEST: ProblemDetails = {
  type: 'urn:problem:order-service:invalid-request',
  title: 'The request is not valid',
  status: 400,
  detail: 'product must not be empty',
  instance: '/api/Order/Send',
  correlationId: '01937b5e-7f3a-7c11-9a52-3f6d0c8e4b21',
  errors: [{ field: 'product', in: 'body', detail: 'must not be empty' }],
};

export const OUTCOME_UNKNOWN: ProblemDetails = {
  type: 'urn:problem:order-service:outcome-unknown',
  title: 'It is unknown whether the order was accepted',
  status: 503,
  detail:
    "The broker did not confirm the order. Send it again under the orderId 'order-1001': it takes effect once.",
  instance: '/api/Order/Send',
  correlationId: '01937b5e-7f3a-7c11-9a52-3f6d0c8e4b21',
  orderId: 'order-1001',
};

export const NOT_PROCESSED: ProblemDetails = {
  type: 'urn:problem:order-service:order-not-processed',
  title: 'No replica has processed the order',
  status: 404,
  detail: "no replica has processed an order 'order-1001': it was never sent, or is still pending",
  instance: '/api/Order/order-1001',
  correlationId: '01937b5e-7f3a-7c11-9a52-3f6d0c8e4b21',
  errors: [
    {
      field: 'orderId',
      in: 'path',
      detail: "no replica has processed an order 'order-1001': it was never sent, or is still pending",
    },
  ],
};
