import { beforeEach, describe, expect, it } from '@jest/globals';
import { encodeOrderSubmitted } from '../../../../src/application/messages/order-submitted.js';
import { StoreUnavailable } from '../../../../src/application/ports/order-repository.js';
import { ProcessOrder } from '../../../../src/application/process-order.js';
import { InMemoryOrderRepository } from '../../../../src/infrastructure/persistence/in-memory/in-memory-order-repository.js';
import type { ReceivedRecord } from '../../../../src/interfaces/messaging/delivery/record-source.js';
import { OrderMessageHandler } from '../../../../src/interfaces/messaging/order-message-handler.js';
import { anOrder, CARRIED_OUT_AT, DELIVERY } from '../../../support/an-order.js';
import { RecordingLogger } from '../../../support/recording-logger.js';

const utf8 = new TextEncoder();
const fulfilled = { fulfil: () => Promise.resolve({ kind: 'fulfilled' } as const) };
const refused = { fulfil: () => Promise.resolve({ kind: 'refused', reason: 'sold out' } as const) };
const clock = { now: () => CARRIED_OUT_AT };
const of = { correlationId: 'c-1', key: 'order-1' };
const where = { replica: 'replica-1', topic: 'app.order.publish', partition: 3, offset: '42' };

let orders: InMemoryOrderRepository;
let logger: RecordingLogger;

beforeEach(() => {
  orders = new InMemoryOrderRepository();
  logger = new RecordingLogger();
});

function handlerWith(fulfilment: typeof fulfilled | typeof refused = fulfilled): OrderMessageHandler {
  const processOrder = new ProcessOrder(orders, fulfilment, clock);
  return new OrderMessageHandler('replica-1', processOrder, { initialMs: 200, maxMs: 30_000 }, logger);
}

/** The record at offset 42 of partition 3. */
function record(order = anOrder().placed()): ReceivedRecord {
  const { key, value, headers } = encodeOrderSubmitted(order, { messageId: 'm-1', correlationId: 'c-1' });
  const bytes = Object.entries(headers).map(([name, text]) => [name, utf8.encode(String(text))] as const);
  return {
    topic: 'app.order.publish',
    partition: 3,
    offset: 42n,
    key: utf8.encode(key),
    value,
    headers: Object.fromEntries(bytes),
  };
}

describe('handling a record', () => {
  it('carries its order out, and saves where it came from and at which attempt', async () => {
    await handlerWith().handle(record(), 2);

    expect(await orders.find(anOrder().placed().id)).toEqual(anOrder().carriedOut({ attempt: 2 }));
  });

  it('logs one line that says who carried out what, and for which request', async () => {
    await handlerWith().handle(record(), 1);

    const durationMs = expect.any(Number) as unknown;
    expect(logger.lines).toEqual([
      {
        level: 'info',
        message: 'order processed',
        fields: { ...where, orderId: 'order-1', correlationId: 'c-1', attempt: 1, durationMs },
      },
    ]);
  });

  it('says of an order that fulfilment refused that it is rejected', async () => {
    await handlerWith(refused).handle(record(), 1);

    expect(logger.lines).toMatchObject([{ message: 'order rejected', fields: { orderId: 'order-1' } }]);
  });

  it('says of an order that was delivered before that it was carried out already', async () => {
    await orders.save(anOrder().carriedOut());
    await handlerWith().handle(record(), 1);

    expect(logger.lines).toMatchObject([
      { message: 'order was carried out already', fields: { orderId: 'order-1' } },
    ]);
  });

  it('fails with what can’t be decoded, and saves nothing', async () => {
    const handling = handlerWith().handle({ ...record(), value: utf8.encode('{') }, 1);

    await expect(handling).rejects.toMatchObject({ code: 'MESSAGE.UNDECODABLE' });
    expect(logger.lines).toEqual([]);
  });

  it('fails with another order under an id that was carried out, and leaves that one as it is', async () => {
    await orders.save(anOrder().carriedOut());
    const handling = handlerWith().handle(record(anOrder().withProduct('coffee').placed()), 1);

    await expect(handling).rejects.toMatchObject({ code: 'ORDER.CONFLICTING_CONTENT' });
    expect(await orders.find(anOrder().placed().id)).toEqual(anOrder().carriedOut());
  });
});

describe('deciding on a record that failed', () => {
  it('stops the partition at one that can never be carried out, and logs where', async () => {
    const error = await handlerWith()
      .handle({ ...record(), value: null }, 1)
      .catch((reason: unknown) => reason);

    expect(handlerWith().decide(error, record(), 1)).toEqual({ kind: 'halt' });
    expect(logger.lines).toEqual([
      {
        level: 'error',
        message: 'a record can never be carried out: its partition stops here',
        fields: { ...of, ...where, attempt: 1, error },
      },
    ]);
  });

  it.each([
    ['failed', new Error('failed'), 3, { kind: 'retry', delayMs: 800 }],
    ['met a store that is away', new StoreUnavailable('away'), 3, { kind: 'suspend', delayMs: 200 }],
  ])('tries one that %s again, and logs when', (_what, error, attempt, disposition) => {
    expect(handlerWith().decide(error, record(), attempt)).toEqual(disposition);
    expect(logger.lines).toEqual([
      {
        level: 'warn',
        message: `an order failed, it is tried again in ${disposition.delayMs} ms`,
        fields: { ...of, ...where, attempt, error },
      },
    ]);
  });
});

describe('the delivery of a record', () => {
  it('is where the record lies', async () => {
    await handlerWith().handle(record(), 1);

    expect((await orders.find(anOrder().placed().id))?.delivery).toEqual(DELIVERY);
  });
});
