import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { systemTimers } from '@order-service/delivery';
import { InMemoryMessaging } from '@order-service/delivery/in-memory';
import { ParkOrder } from '../../../../src/application/orders/park-order.js';
import { ProcessOrder } from '../../../../src/application/orders/process-order.js';
import { SendOrder } from '../../../../src/application/orders/send-order.js';
import type { DeadLetterReason } from '../../../../src/application/ports/dead-letters.js';
import { FulfilmentFailed, type FulfilmentOutcome } from '../../../../src/application/ports/fulfilment.js';
import type { StoredOrder } from '../../../../src/application/ports/order-repository.js';
import type { Order } from '../../../../src/domain/order/order.js';
import { DeliveryDeadLetters } from '../../../../src/infrastructure/delivery/delivery-dead-letters.js';
import { DeliveryMessagePublisher } from '../../../../src/infrastructure/delivery/delivery-message-publisher.js';
import { UuidGenerator } from '../../../../src/infrastructure/system/uuid-generator.js';
import { OrderConsumer } from '../../../../src/interfaces/messaging/order-consumer.js';
import { OrderMessageHandler } from '../../../../src/interfaces/messaging/order-message-handler.js';
import { silentLogger } from '../../../../packages/delivery/src/contract/silent-logger.js';
import { waitFor } from '../../../../packages/delivery/src/contract/wait-for.js';
import { COMPLETED_AT, PLACED_AT } from '../../../support/an-order.js';
import { listed } from '../../../support/a-dead-letter.js';
import { RecordingOrderRepository } from '../../../support/recording-order-repository.js';

const GROUP = 'group-1';
const SETTINGS = {
  concurrency: 10,
  maxPendingRecords: 1_000,
  maxPendingBytes: 1_000_000,
  commitIntervalMs: 10,
  handlerTimeoutMs: 1_000,
  rejoinDrainMs: 100,
  retryInitialMs: 1,
  retryMaxMs: 1,
};

let messaging: InMemoryMessaging<DeadLetterReason>;
let deadLetters: DeliveryDeadLetters;
let stored: StoredOrder[];
let orders: RecordingOrderRepository;
let consumers: OrderConsumer[];

beforeEach(async () => {
  messaging = new InMemoryMessaging({ topic: 'orders', partitions: 4, maxMessageBytes: 10_000 });
  deadLetters = new DeliveryDeadLetters(messaging.deadLetters);
  stored = [];
  orders = new RecordingOrderRepository(stored);
  consumers = [];
  await messaging.start();
});

afterEach(async () => {
  for (const consumer of consumers) await consumer.stop(1_000);
  await messaging.stop();
});

/** Fulfils every order but those of the product `fail`. */
function fulfil({ state: { product } }: Order): Promise<FulfilmentOutcome> {
  if (product === 'fail') return Promise.reject(new FulfilmentFailed('no', { mayBeOutage: false }));
  return Promise.resolve({ kind: 'fulfilled' });
}

async function startConsumer(replica: string): Promise<OrderConsumer> {
  const handler = new OrderMessageHandler(
    { replica, consumerGroup: GROUP, retryPolicy: { maxAttempts: 2, initialMs: 1, maxMs: 1 } },
    new ProcessOrder(orders, { fulfil }, { now: () => COMPLETED_AT }),
    new ParkOrder(orders),
    deadLetters,
    silentLogger,
  );
  const consumer = new OrderConsumer(replica, messaging.source({ groupId: GROUP }), handler, SETTINGS, {
    timers: systemTimers,
    clock: { now: () => PLACED_AT },
    logger: silentLogger,
    onFailure: (error) => {
      throw error;
    },
  });
  consumers.push(consumer);
  await consumer.start();
  return consumer;
}

function send(orderId: string, product = 'tea') {
  const publisher = new DeliveryMessagePublisher(messaging.publisher);
  const sendOrder = new SendOrder(publisher, new UuidGenerator(), { now: () => PLACED_AT });
  return sendOrder.execute({ orderId, product, correlationId: 'c-1' });
}

describe('a replica', () => {
  it('processes an order that was sent, and stores where it came from', async () => {
    await startConsumer('replica-1');
    const { topic, partition, offset } = await send('order-1');

    await waitFor('the order', () => stored.length === 1);
    expect(stored[0]?.order.state).toMatchObject({ orderId: 'order-1', status: 'processed' });
    expect(stored[0]?.delivery).toEqual({ replica: 'replica-1', topic, partition, offset, attempt: 1 });
  });

  it('dead-letters an order after its last attempt, and processes those after it', async () => {
    await startConsumer('replica-1');
    await send('order-1', 'fail');
    await send('order-2');

    await waitFor('both orders', () => stored.length === 2);
    const statuses = stored.map(({ order }) => [order.id, order.state.status]);
    expect(Object.fromEntries(statuses)).toEqual({ 'order-1': 'parked', 'order-2': 'processed' });
    expect(await listed(deadLetters)).toMatchObject([{ attempts: 2, reason: 'exhausted' }]);
  });

  it('shares the partitions with another one, so that each processes a part of the orders, once', async () => {
    const [first, second] = [await startConsumer('replica-1'), await startConsumer('replica-2')];
    for (let number = 0; number < 40; number++) await send(`order-${number}`);

    await waitFor('all orders', () => stored.length === 40);
    expect(new Set(stored.map(({ order }) => order.id)).size).toBe(40);
    const ownPartitions = (replica: string) => {
      const own = stored.filter(({ delivery }) => delivery.replica === replica);
      return [...new Set(own.map(({ delivery }) => delivery.partition))].toSorted();
    };
    for (const [consumer, replica] of [
      [first, 'replica-1'],
      [second, 'replica-2'],
    ] as const) {
      expect(await consumer.check()).toEqual({
        status: 'up',
        detail: `partitions ${ownPartitions(replica).join(', ')}`,
      });
      expect(ownPartitions(replica)).toHaveLength(2);
    }
  });

  it('leaves what it has not started to the next one', async () => {
    const first = await startConsumer('replica-1');
    await send('order-1');
    await waitFor('the first order', () => stored.length === 1);
    await first.stop(1_000);
    await send('order-2');
    expect(await first.check()).toMatchObject({ status: 'down' });

    await startConsumer('replica-2');
    await waitFor('the second order', () => stored.length === 2);
    expect(stored.map(({ order, delivery }) => [order.id, delivery.replica])).toEqual([
      ['order-1', 'replica-1'],
      ['order-2', 'replica-2'],
    ]);
  });
});
