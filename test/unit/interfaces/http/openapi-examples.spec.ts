import { describe, expect, it } from '@jest/globals';
import { partitionForKey } from '../../../../packages/delivery/src/engine/default-partitioner.js';
import { OrderNotProcessed } from '../../../../src/application/application-errors.js';
import { decodeOrderSubmitted } from '../../../../src/application/messages/order-submitted.js';
import { loadConfig } from '../../../../src/bootstrap/config/load-config.js';
import {
  DEAD_LETTER,
  DEAD_LETTERS,
} from '../../../../src/interfaces/http/dead-letters/dead-letter-examples.js';
import type { Content } from '../../../../src/interfaces/http/dead-letters/dead-letter-dtos.js';
import {
  NOT_PROCESSED,
  ORDER_ACCEPTED,
  OUTCOME_UNKNOWN,
  PARKED_ORDER,
  PENDING_ORDER,
  PROCESSED_ORDER,
} from '../../../../src/interfaces/http/orders/order-examples.js';
import { toProblem } from '../../../../src/interfaces/http/problems/problem-mapping.js';

const { consumer, messaging } = loadConfig({});
const { orderId, offset } = ORDER_ACCEPTED;
const partition = partitionForKey(orderId, messaging.partitions);

const bytesOf = ({ text, base64 = '' }: Content) =>
  text === undefined ? Buffer.from(base64, 'base64') : Buffer.from(text);

describe('the examples of the OpenAPI document', () => {
  it.each([
    ['accepted', ORDER_ACCEPTED],
    ['pending', { ...PENDING_ORDER, topic: messaging.topic }],
    ['processed', PROCESSED_ORDER],
    ['parked', PARKED_ORDER],
    ['dead-lettered', { ...DEAD_LETTER, orderId: DEAD_LETTER.key?.text }],
  ])('show one order %s, in the partition that it has', (_what, example) => {
    expect(example).toMatchObject({ orderId, topic: messaging.topic, partition, offset });
  });

  it('say of that order what the service says', () => {
    const { detail, errors } = toProblem(new OrderNotProcessed(orderId), () => 'path');
    expect(NOT_PROCESSED).toMatchObject({ detail, errors });
    expect(OUTCOME_UNKNOWN).toMatchObject({ orderId });
  });

  it('show times in the order in which things happen', () => {
    const { placedAt, completedAt } = PROCESSED_ORDER;
    const { sentAt, firstFailureAt, lastFailureAt } = DEAD_LETTER;

    for (const times of [
      [placedAt, PENDING_ORDER.since, completedAt],
      [sentAt, firstFailureAt, lastFailureAt],
    ]) {
      expect(times.map(Number).toSorted((a, b) => a - b)).toEqual(times.map(Number));
    }
  });

  it('show a dead letter after as many attempts as an order has', () => {
    expect(DEAD_LETTER.attempts).toBe(consumer.retryPolicy.maxAttempts);
    expect(PARKED_ORDER.attempt).toBe(consumer.retryPolicy.maxAttempts);
  });

  it.each([DEAD_LETTER, ...DEAD_LETTERS.deadLetters])('show dead letter $id as it is', (deadLetter) => {
    const { id, key, value, headers } = deadLetter;
    const contents = [key, value, ...Object.values(headers)].filter((each) => each !== undefined);

    expect(id).toBe(`${deadLetter.partition}-${deadLetter.offset}`);
    expect(contents.map((each) => bytesOf(each).byteLength)).toEqual(contents.map(({ bytes }) => bytes));
  });

  it('show the message of the dead letter as it was', () => {
    const { key = { bytes: 0 }, value = { bytes: 0 }, headers, sentAt } = DEAD_LETTER;
    const order = decodeOrderSubmitted({
      key: bytesOf(key),
      value: bytesOf(value),
      headers: Object.fromEntries(Object.entries(headers).map(([name, each]) => [name, bytesOf(each)])),
    });
    const { product, quantity } = PARKED_ORDER;

    expect(order.state).toMatchObject({ orderId, product, quantity, placedAt: sentAt });
  });
});
