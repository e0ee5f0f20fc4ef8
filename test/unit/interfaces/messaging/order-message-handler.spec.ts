import { DeliveryDeadLetters } from '../../../../src/infrastructure/delivery/delivery-dead-letters.js';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { encodeOrderSubmitted } from '../../../../src/application/messages/order-submitted.js';
import { ParkOrder } from '../../../../src/application/orders/park-order.js';
import { FulfilmentFailed } from '../../../../src/application/ports/fulfilment.js';
import { StoreUnavailable } from '../../../../src/application/ports/order-repository.js';
import { ProcessOrder } from '../../../../src/application/orders/process-order.js';
import { InMemoryOrderRepository } from '../../../../src/infrastructure/in-memory/in-memory-order-repository.js';
import { InMemoryDeadLetterStore } from '../../../../packages/delivery/src/in-memory/in-memory-dead-letter-store.js';
import type { ReceivedRecord } from '../../../../packages/delivery/src/engine/record-source.js';
import { OrderMessageHandler } from '../../../../src/interfaces/messaging/order-message-handler.js';
import { anOrder, COMPLETED_AT, DELIVERY } from '../../../support/an-order.js';
import { listed } from '../../../support/a-dead-letter.js';
import { RecordingLogger } from '../../../../packages/delivery/test/support/recording-logger.js';

const utf8 = new TextEncoder();
const fulfilled = { fulfil: () => Promise.resolve({ kind: 'fulfilled' } as const) };
const rejecting = { fulfil: () => Promise.resolve({ kind: 'rejected', reason: 'sold out' } as const) };
const clock = { now: () => COMPLETED_AT };
const of = { correlationId: 'c-1', key: 'order-1' };
const where = { replica: 'replica-1', topic: 'app.order.publish', partition: 3, offset: '42' };

const SENT_AT = new Date('2026-01-02T03:04:05.006Z');
const attempt = (number = 1) => ({
  number,
  signal: new AbortController().signal,
  mayTakeEffect: () => true,
});

let orders: InMemoryOrderRepository;
let deadLetters: DeliveryDeadLetters;
let logger: RecordingLogger;

beforeEach(() => {
  orders = new InMemoryOrderRepository();
  deadLetters = new DeliveryDeadLetters(new InMemoryDeadLetterStore());
  logger = new RecordingLogger();
});

function handlerWith(fulfilment: typeof fulfilled | typeof rejecting = fulfilled): OrderMessageHandler {
  const processOrder = new ProcessOrder(orders, fulfilment, clock);
  const settings = {
    replica: 'replica-1',
    consumerGroup: 'group-1',
    retryPolicy: { maxAttempts: 5, initialMs: 200, maxMs: 30_000 },
    random: () => 0.5,
  };
  return new OrderMessageHandler(settings, processOrder, new ParkOrder(orders), deadLetters, logger);
}

/** The record at offset 42 of partition 3. */
function record(order = anOrder().placed()): ReceivedRecord {
  const { key, value, headers } = encodeOrderSubmitted(order, { messageId: 'm-1', correlationId: 'c-1' });
  const bytes = Object.entries(headers).map(([name, text]) => [name, utf8.encode(String(text))] as const);
  return {
    topic: 'app.order.publish',
    partition: 3,
    offset: 42n,
    timestamp: SENT_AT.getTime(),
    key: utf8.encode(String(key)),
    value,
    headers: Object.fromEntries(bytes),
  };
}

describe('handling a record', () => {
  it('processes its order, and saves where it came from and at which attempt', async () => {
    await handlerWith().handle(record(), attempt(2));

    expect(await orders.find(anOrder().placed().id)).toEqual(anOrder().storedProcessed({ attempt: 2 }));
  });

  it('logs one line that says who processed what, and for which request', async () => {
    await handlerWith().handle(record(), attempt());

    const durationMs = expect.any(Number) as unknown;
    expect(logger.shown).toEqual([
      {
        level: 'info',
        message: 'order processed',
        fields: { ...where, orderId: 'order-1', correlationId: 'c-1', attempt: 1, durationMs },
      },
    ]);
  });

  it('says at level debug that an attempt has started, also at what can’t be decoded', async () => {
    const handling = handlerWith().handle({ ...record(), value: null }, attempt(2));

    await expect(handling).rejects.toThrow();
    expect(logger.lines).toEqual([
      { level: 'debug', message: 'attempt started', fields: { ...of, ...where, attempt: 2 } },
    ]);
  });

  it('says of an order that fulfilment rejected that it is rejected', async () => {
    await handlerWith(rejecting).handle(record(), attempt());

    expect(logger.shown).toMatchObject([{ message: 'order rejected', fields: { orderId: 'order-1' } }]);
  });

  it('says of an order that was delivered before that it was already processed', async () => {
    await orders.save(anOrder().storedProcessed());
    await handlerWith().handle(record(), attempt());

    expect(logger.shown).toMatchObject([
      { message: 'order was already processed', fields: { orderId: 'order-1' } },
    ]);
  });

  it('fails with what can’t be decoded, and saves nothing', async () => {
    const handling = handlerWith().handle({ ...record(), value: utf8.encode('{') }, attempt());

    await expect(handling).rejects.toMatchObject({ code: 'MESSAGE.UNDECODABLE' });
    expect(logger.shown).toEqual([]);
  });

  it('fails with another order under the id of a processed one, and leaves that as it is', async () => {
    await orders.save(anOrder().storedProcessed());
    const handling = handlerWith().handle(record(anOrder().withProduct('coffee').placed()), attempt());

    await expect(handling).rejects.toMatchObject({ code: 'ORDER.CONFLICTING_CONTENT' });
    expect(await orders.find(anOrder().placed().id)).toEqual(anOrder().storedProcessed());
  });
});

describe('deciding on a record that failed', () => {
  it('retries it, and logs when', () => {
    const error = new Error('failed');
    expect(handlerWith().decide(error, record(), 3)).toMatchObject({ kind: 'retry', delayMs: 600 });
    expect(logger.lines).toEqual([
      {
        level: 'warn',
        message: 'order failed',
        fields: { ...of, ...where, attempt: 3, error, retryInMs: 600 },
      },
    ]);
  });

  it('logs of a failure that was foreseen what it is, without a stack', () => {
    const cause = new Error('connection refused');
    handlerWith().decide(new FulfilmentFailed('fulfilment did not respond', { cause }), record(), 1);
    expect(logger.lines).toMatchObject([
      {
        level: 'warn',
        fields: {
          errorCode: 'FULFILMENT.FAILED',
          errorMessage: 'fulfilment did not respond: connection refused',
        },
      },
    ]);
    expect(logger.lines[0]?.fields).not.toHaveProperty('error');
  });

  it('waits for a store that is unavailable without a warning for each order', () => {
    expect(handlerWith().decide(new StoreUnavailable('unreachable'), record(), 3)).toEqual({
      kind: 'suspend',
    });
    expect(logger.lines).toMatchObject([
      { level: 'debug', message: 'order waits for the store, no attempt is counted' },
    ]);
  });

  it('dead-letters what can never be processed', async () => {
    const error = await handlerWith()
      .handle({ ...record(), value: null }, attempt())
      .catch((reason: unknown) => reason);

    expect(handlerWith().decide(error, record(), 1)).toMatchObject({
      kind: 'dead-letter',
      reason: 'invalid',
    });
  });
});

describe('dead-lettering a record', () => {
  const failures = {
    error: new Error('line one\nline two'),
    attempts: 5,
    firstAt: Date.UTC(2026, 0, 3),
    lastAt: Date.UTC(2026, 0, 4),
  };
  it('keeps it as it was, and why', async () => {
    const redriven = record();
    const failed = { ...redriven, headers: { ...redriven.headers, 'x-redrive-count': utf8.encode('2') } };
    await handlerWith().deadLetter(failed, 'exhausted', failures);

    const { key, value, headers } = failed;
    expect(await listed(deadLetters)).toEqual([
      {
        origin: { topic: 'app.order.publish', partition: 3, offset: '42' },
        message: { key, value, headers },
        sentAt: SENT_AT,
        consumerGroup: 'group-1',
        replica: 'replica-1',
        attempts: 5,
        firstFailureAt: new Date(failures.firstAt),
        lastFailureAt: new Date(failures.lastAt),
        stage: 'handle',
        reason: 'exhausted',
        errorCode: 'INTERNAL',
        errorMessage: 'line one line two',
        redriveCount: 2,
      },
    ]);
  });

  it('parks its order, with the delivery of its last attempt', async () => {
    await handlerWith().deadLetter(record(), 'exhausted', failures);

    const stored = await orders.find(anOrder().placed().id);
    expect(stored?.order.state.status).toBe('parked');
    expect(stored?.delivery).toEqual({ ...DELIVERY, attempt: 5 });
  });

  it('leaves the stored order as it is when the record conflicts with it', async () => {
    await orders.save(anOrder().storedProcessed());
    const other = record(anOrder().withProduct('coffee').placed());
    await handlerWith().deadLetter(other, 'conflicting', failures);

    expect(await orders.find(anOrder().placed().id)).toEqual(anOrder().storedProcessed());
    expect(await listed(deadLetters)).toHaveLength(1);
  });

  it('stores nothing of what can’t be read', async () => {
    await handlerWith().deadLetter({ ...record(), value: null }, 'invalid', failures);

    expect(await orders.find(anOrder().placed().id)).toBeUndefined();
    expect(await listed(deadLetters)).toMatchObject([{ message: { value: null } }]);
  });

  it('is an error in the log that says where it is, and why', async () => {
    await handlerWith().deadLetter(record(), 'exhausted', failures);

    expect(logger.lines).toEqual([
      {
        level: 'error',
        message: 'order dead-lettered',
        fields: { ...of, ...where, attempt: 5, reason: 'exhausted', error: failures.error },
      },
    ]);
  });

  it('fails when the dead letter can’t be kept, and parks nothing then', async () => {
    deadLetters = new DeliveryDeadLetters(new InMemoryDeadLetterStore(0));
    await expect(handlerWith().deadLetter(record(), 'exhausted', failures)).rejects.toThrow();

    expect(await orders.find(anOrder().placed().id)).toBeUndefined();
    expect(logger.lines).toEqual([]);
  });
});

describe('the delivery of a record', () => {
  it('is where the record lies', async () => {
    await handlerWith().handle(record(), attempt());

    expect((await orders.find(anOrder().placed().id))?.delivery).toEqual(DELIVERY);
  });
});
