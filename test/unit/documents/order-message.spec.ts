import { describe, expect, it } from '@jest/globals';
import { Kafka, type CloudEventV1, type KafkaMessage } from 'cloudevents';
import fc from 'fast-check';
import { InvalidMessage, UndecodableMessage } from '../../../src/application/application-errors.js';
import {
  decodeOrderSubmitted,
  encodeOrderSubmitted,
  type ReceivedMessage,
} from '../../../src/application/messages/order-submitted.js';
import { OrderId } from '../../../src/domain/order/order-id.js';
import { anyOrder } from '../../support/any-order.js';
import {
  anyMessage,
  anySent,
  anyTime,
  CONTEXT,
  MESSAGES,
  withField,
} from '../../support/any-order-message.js';
import { ASYNC_API, exampleRecord, faultsOf } from '../../support/async-api.js';

function isDecoded(message: ReceivedMessage): boolean {
  try {
    decodeOrderSubmitted(message);
    return true;
  } catch (error) {
    if (!(error instanceof UndecodableMessage || error instanceof InvalidMessage)) throw error;
    return false;
  }
}

describe('the document says of an order message what the decoder says', () => {
  it('of any bytes', () => {
    const counts = { accepted: 0, rejected: 0 };
    fc.assert(
      fc.property(anyMessage, (message) => {
        const faults = faultsOf('orderSubmitted', message);
        counts[faults.length === 0 ? 'accepted' : 'rejected']++;
        expect({ isDecoded: isDecoded(message), faults }).toEqual({ isDecoded: faults.length === 0, faults });
      }),
      { numRuns: 1_000, examples: MESSAGES },
    );
    expect(Math.min(counts.accepted, counts.rejected)).toBeGreaterThan(100);
  });

  it('of all times that there may be', () => {
    fc.assert(
      fc.property(anyTime, (placedAt) => {
        const message = withField({ placedAt });
        expect([placedAt, isDecoded(message)]).toEqual([
          placedAt,
          faultsOf('orderSubmitted', message).length === 0,
        ]);
      }),
      { numRuns: 1_000 },
    );
  });

  it('of its examples', () => {
    const { examples } = ASYNC_API.components.messages.orderSubmitted;

    expect(examples.length).toBeGreaterThan(1);
    for (const example of examples) {
      expect(faultsOf('orderSubmitted', exampleRecord(example))).toEqual([]);
      expect(isDecoded(exampleRecord(example))).toBe(true);
    }
  });
});

describe('an order that the service publishes', () => {
  const { properties = {} } = ASYNC_API.components.schemas['OrderHeaders'] ?? {};

  it('is as the document says, with the headers that it lists', () => {
    fc.assert(
      fc.property(anySent, (message) => {
        expect(faultsOf('orderSubmitted', message)).toEqual([]);
        const listed = Object.keys(properties).filter(
          (name) => name !== 'ce_owner' || Object.hasOwn(message.headers, name),
        );
        expect([...Object.keys(message.headers), 'x-redrive-count'].toSorted()).toEqual(listed.toSorted());
      }),
    );
  });

  it('is a CloudEvent for the SDK of CloudEvents', () => {
    fc.assert(
      fc.property(anyOrder, (order) => {
        const { key, value, headers } = encodeOrderSubmitted(order, CONTEXT);
        const message = { key, value: value?.toString(), body: undefined, headers } as KafkaMessage<string>;

        const event = Kafka.toEvent(message) as CloudEventV1<unknown>;

        const { product, quantity, placedAt } = order.state;
        const { orderId, owner } = OrderId.parts(order.id);
        expect(event).toMatchObject({
          specversion: '1.0',
          id: CONTEXT.messageId,
          source: '/order-service',
          type: 'app.order.submitted.v1',
          time: placedAt.toISOString(),
          datacontenttype: 'application/json',
          partitionkey: order.id,
          ...(owner !== undefined && { owner }),
          data: { orderId, product, quantity, placedAt: placedAt.toISOString() },
        });
      }),
    );
  });
});
