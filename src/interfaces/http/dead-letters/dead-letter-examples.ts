import type { DeadLetterList, DeadLetterOutcome, DeadLetterView } from './dead-letter-dtos.js';
import type { ProblemDetails } from '../problems/problem-details.js';

/** Examples of the OpenAPI document, of the order of `order-examples.ts`. They are plain literals for the same reason. */
export const DEAD_LETTER: DeadLetterView = {
  id: '3-1042',
  topic: 'app.order.publish',
  partition: 3,
  offset: '1042',
  sentAt: new Date('2025-01-15T10:30:00.000Z'),
  firstFailureAt: new Date('2025-01-15T10:30:01.874Z'),
  lastFailureAt: new Date('2025-01-15T10:33:12.406Z'),
  consumerGroup: 'app-consumer-group',
  replica: 'replica-4',
  attempts: 10,
  stage: 'handle',
  reason: 'exhausted',
  errorCode: 'FULFILMENT.FAILED',
  errorMessage: 'fulfilment responded 500',
  redriveCount: 0,
  key: { text: 'order-1001', bytes: 10 },
  value: {
    text: '{"orderId":"order-1001","product":"Coffee grinder","quantity":1,"placedAt":"2025-01-15T10:30:00.000Z"}',
    bytes: 102,
  },
  headers: {
    ce_specversion: { text: '1.0', bytes: 3 },
    ce_id: { text: '01946983-4c40-7c12-8f3b-6d1e2a905c47', bytes: 36 },
    ce_source: { text: '/order-service', bytes: 14 },
    ce_type: { text: 'app.order.submitted.v1', bytes: 22 },
    ce_time: { text: '2025-01-15T10:30:00.000Z', bytes: 24 },
    'content-type': { text: 'application/json', bytes: 16 },
    'x-correlation-id': { text: '01946983-4c40-7c11-9a52-3f6d0c8e4b21', bytes: 36 },
  },
};

export const DEAD_LETTERS: DeadLetterList = {
  deadLetters: [
    {
      id: '0-7',
      topic: 'app.order.publish',
      partition: 0,
      offset: '7',
      sentAt: new Date('2025-01-15T10:30:00.000Z'),
      firstFailureAt: new Date('2025-01-15T10:30:00.120Z'),
      lastFailureAt: new Date('2025-01-15T10:30:00.120Z'),
      consumerGroup: 'app-consumer-group',
      replica: 'replica-1',
      attempts: 1,
      stage: 'decode',
      reason: 'invalid',
      errorCode: 'MESSAGE.UNDECODABLE',
      errorMessage: 'the value is not JSON in UTF-8',
      redriveCount: 0,
      value: { base64: '/wA=', bytes: 2 },
      headers: {},
    },
  ],
  more: false,
};

export const RESOLVED_IN_PART: DeadLetterOutcome = {
  matched: 240,
  resolved: 100,
  remaining: 140,
  before: new Date('2025-01-15T10:45:00.000Z'),
};

export const NOTHING_SELECTED: ProblemDetails = {
  type: 'urn:problem:order-service:invalid-request',
  title: 'The request is not valid',
  status: 400,
  detail:
    'all must be true when there is no filter: say which dead letters with reason, orderId, id, olderThanSeconds or before',
  instance: '/api/DeadLetter/Redrive',
  correlationId: '01946983-4c40-7c11-9a52-3f6d0c8e4b21',
  errors: [
    {
      field: 'all',
      in: 'body',
      detail:
        'must be true when there is no filter: say which dead letters with reason, orderId, id, olderThanSeconds or before',
    },
  ],
};

export const UNKNOWN_DEAD_LETTER: ProblemDetails = {
  type: 'urn:problem:order-service:unknown-dead-letter',
  title: 'There is no such dead letter',
  status: 404,
  detail: "There is no dead letter '3-1042': it is redriven or discarded, or never was one.",
  instance: '/api/DeadLetter/3-1042',
  correlationId: '01946983-4c40-7c11-9a52-3f6d0c8e4b21',
};

export const DEAD_LETTERS_UNAVAILABLE: ProblemDetails = {
  type: 'urn:problem:order-service:dead-letters-unavailable',
  title: 'The dead letters are unavailable',
  status: 503,
  detail: 'The dead letters are unavailable. What is resolved stays so; send the same again later.',
  instance: '/api/DeadLetter',
  correlationId: '01946983-4c40-7c11-9a52-3f6d0c8e4b21',
};
