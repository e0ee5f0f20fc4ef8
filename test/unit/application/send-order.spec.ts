import { beforeEach, describe, expect, it } from '@jest/globals';
import { decodeOrderSubmitted } from '../../../src/application/messages/order-submitted.js';
import type { IdGenerator } from '../../../src/application/ports/id-generator.js';
import { SendOrder, type SendOrderCommand } from '../../../src/application/orders/send-order.js';
import { InMemoryBroker } from '../../../packages/delivery/src/in-memory/in-memory-broker.js';
import { InMemoryPublisher } from '../../../packages/delivery/src/in-memory/in-memory-publisher.js';
import { anOrder, PLACED_AT } from '../../support/an-order.js';

const TOPIC = 'app.order.publish';
const TRACEPARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const clock = { now: () => PLACED_AT };

/** id-1, id-2 … */
class FixedIds implements IdGenerator {
  private made = 0;

  next(): string {
    return `id-${++this.made}`;
  }

  derivedFrom(key: string): string {
    return `derived-from-${key.length}-characters`;
  }
}

let broker: InMemoryBroker;
let publisher: InMemoryPublisher;
let sendOrder: SendOrder;

beforeEach(() => {
  broker = new InMemoryBroker();
  broker.createTopic(TOPIC, 1);
  publisher = new InMemoryPublisher(broker, TOPIC, 1_000_000);
  publisher.start();
  sendOrder = new SendOrder(publisher, new FixedIds(), clock);
});

const send = (command: Partial<SendOrderCommand> = {}) =>
  sendOrder.execute({ orderId: 'order-1', product: 'tea', quantity: 2, correlationId: 'c-1', ...command });
const log = () => broker.logs(TOPIC)[0]?.read(0n) ?? [];
const header = (name: string) => {
  const value = log()[0]?.headers[name];
  return value && new TextDecoder().decode(value);
};

describe('sending an order', () => {
  it('publishes it under its id, and returns where it is', async () => {
    const sent = await send();

    expect(sent).toEqual({ orderId: 'order-1', topic: TOPIC, partition: 0, offset: '0' });
    expect(log().map(decodeOrderSubmitted)).toEqual([anOrder().placed()]);
  });

  it('says in the headers which request it came from, and gives the message an id of its own', async () => {
    await send({ traceparent: TRACEPARENT });

    expect(['ce_id', 'x-correlation-id', 'traceparent'].map(header)).toEqual(['id-1', 'c-1', TRACEPARENT]);
  });

  it('has no trace context when none was given', async () => {
    await send();

    expect(header('traceparent')).toBeUndefined();
  });

  it('has quantity 1 when none is given', async () => {
    await send({ quantity: undefined });

    expect(log().map(decodeOrderSubmitted)).toEqual([anOrder().withQuantity(1).placed()]);
  });
});

describe('the id of an order that is sent', () => {
  it.each([
    ['the one given', { orderId: 'given', idempotencyKey: undefined }, 'given'],
    ['the one given, though there is an idempotency key', { orderId: 'given', idempotencyKey: 'k' }, 'given'],
    ['a new one without both', { orderId: undefined, idempotencyKey: undefined }, 'id-1'],
    [
      'derived from the idempotency key alone',
      { orderId: undefined, idempotencyKey: 'k' },
      'derived-from-1-characters',
    ],
    [
      'derived from a key of 255 characters',
      { orderId: undefined, idempotencyKey: 'k'.repeat(255) },
      'derived-from-255-characters',
    ],
  ])('is %s', async (_which, command, orderId) => {
    expect(await send(command)).toMatchObject({ orderId });
  });
});

describe('an order with an owner', () => {
  it('is its owner’s alone: under one id two clients have two orders', async () => {
    await send({ owner: 'shop', product: 'tea' });
    await send({ owner: 'desk', product: 'coffee' });

    const ids = log().map((record) => decodeOrderSubmitted(record).id);
    expect(ids).toEqual(['shop/order-1', 'desk/order-1']);
  });

  it('has an id of its owner when it is made from a key, too', async () => {
    const command = { owner: 'shop', orderId: undefined, idempotencyKey: 'k' };

    expect(await send(command)).toMatchObject({ orderId: 'shop/derived-from-1-characters' });
  });

  it('is named by the id that its owner knows when its publishing was not confirmed', async () => {
    await publisher.close();

    await expect(send({ owner: 'shop' })).rejects.toMatchObject({ orderId: 'order-1' });
  });
});

describe('an order that is invalid', () => {
  it.each([
    ['an invalid id', { orderId: 'a b' }, 'ORDER.INVALID_ID'],
    ['an invalid owner', { owner: 'a b' }, 'ORDER.INVALID_OWNER'],
    ['an invalid product', { product: '' }, 'ORDER.INVALID_PRODUCT'],
    ['an invalid quantity', { quantity: 0 }, 'ORDER.INVALID_QUANTITY'],
    ['an empty idempotency key', { orderId: undefined, idempotencyKey: '' }, 'ORDER.INVALID_IDEMPOTENCY_KEY'],
    [
      'an idempotency key of 256 characters',
      { orderId: undefined, idempotencyKey: 'k'.repeat(256) },
      'ORDER.INVALID_IDEMPOTENCY_KEY',
    ],
  ])('for %s is not published', async (_why, command, code) => {
    await expect(send(command)).rejects.toMatchObject({ code });

    expect(log()).toEqual([]);
  });

  it('says which field is at fault', async () => {
    await expect(send({ orderId: undefined, idempotencyKey: '' })).rejects.toMatchObject({
      name: 'InvalidIdempotencyKey',
      field: 'Idempotency-Key',
      message: 'must have 1 to 255 characters',
    });
  });
});

describe('an order whose publishing was not confirmed', () => {
  it('is named, with the publisher’s error, so that it can be sent again under the same id', async () => {
    await publisher.close();

    await expect(send({ orderId: undefined })).rejects.toMatchObject({
      name: 'OrderNotConfirmed',
      orderId: 'id-1',
      cause: { name: 'PublishFailed', outcome: 'not-sent' },
    });
  });
});
