import { beforeEach, describe, expect, it } from '@jest/globals';
import { NotOurs } from '../../../src/application/orders/delivery.js';
import type { Fulfilment, FulfilmentOutcome } from '../../../src/application/ports/fulfilment.js';
import { ProcessOrder } from '../../../src/application/orders/process-order.js';
import type { Order } from '../../../src/domain/order/order.js';
import { InMemoryOrderRepository } from '../../../src/infrastructure/in-memory/in-memory-order-repository.js';
import { anOrder, ATTEMPT, COMPLETED_AT, DELIVERY } from '../../support/an-order.js';

/** Ends as the test says, and notes what it was asked to fulfil. */
class StubFulfilment implements Fulfilment {
  readonly requested: string[] = [];
  readonly signals: AbortSignal[] = [];
  respond: () => Promise<FulfilmentOutcome> = () => Promise.resolve({ kind: 'fulfilled' });

  fulfil({ id }: Order, signal: AbortSignal): Promise<FulfilmentOutcome> {
    this.requested.push(id);
    this.signals.push(signal);
    return this.respond();
  }
}

const order = anOrder().placed();
const command = { order, delivery: DELIVERY, attempt: ATTEMPT };
const clock = { now: () => COMPLETED_AT };
let orders: InMemoryOrderRepository;
let fulfilment: StubFulfilment;
let processOrder: ProcessOrder;

beforeEach(() => {
  orders = new InMemoryOrderRepository();
  fulfilment = new StubFulfilment();
  processOrder = new ProcessOrder(orders, fulfilment, clock);
});

describe('processing an order', () => {
  it('fulfils it, and saves it with the delivery that did it', async () => {
    expect(await processOrder.execute(command)).toBe('processed');

    expect(fulfilment.requested).toEqual(['order-1']);
    expect(await orders.find(order.id)).toEqual(anOrder().storedProcessed());
  });

  it('saves one that fulfilment rejects as rejected, and why', async () => {
    fulfilment.respond = () => Promise.resolve({ kind: 'rejected', reason: 'sold out' });

    expect(await processOrder.execute(command)).toBe('rejected');

    expect((await orders.find(order.id))?.order).toEqual(anOrder().rejected('sold out'));
  });

  it('saves nothing when fulfilment fails, and lets the failure through', async () => {
    const failure = new Error('the warehouse does not respond');
    fulfilment.respond = () => Promise.reject(failure);

    await expect(processOrder.execute(command)).rejects.toBe(failure);

    expect(await orders.find(order.id)).toBeUndefined();
  });
});

describe('an attempt at an order', () => {
  it('hands its signal to fulfilment', async () => {
    await processOrder.execute(command);

    expect(fulfilment.signals[0]).toBe(ATTEMPT.signal);
  });

  it('does nothing when the message no longer belongs to this replica', async () => {
    const attempt = { ...ATTEMPT, mayTakeEffect: () => false };

    await expect(processOrder.execute({ ...command, attempt })).rejects.toThrow(NotOurs);

    expect(fulfilment.requested).toEqual([]);
    expect(await orders.find(order.id)).toBeUndefined();
  });

  it.each(['fulfilled', 'rejected'] as const)(
    'saves nothing when the message went to another replica before it was %s',
    async (kind) => {
      let isOurs = true;
      fulfilment.respond = () => {
        isOurs = false;
        return Promise.resolve({ kind, reason: 'sold out' });
      };
      const attempt = { ...ATTEMPT, mayTakeEffect: () => isOurs };

      await expect(processOrder.execute({ ...command, attempt })).rejects.toThrow(NotOurs);

      expect(await orders.find(order.id)).toBeUndefined();
    },
  );

  it('asks whether it may take effect only once it knows what is stored', async () => {
    const asked: number[] = [];
    const find = orders.find.bind(orders);
    orders.find = async (id) => {
      const found = await find(id);
      asked.push(0);
      return found;
    };
    const attempt = { ...ATTEMPT, mayTakeEffect: () => asked.push(1) > 0 };

    await processOrder.execute({ ...command, attempt });

    expect(asked).toEqual([0, 1, 1]);
  });
});

describe('processing a parked order', () => {
  beforeEach(() => orders.save(anOrder().storedParked({ attempt: 5 })));

  it('fulfils it, and saves it with the delivery that did it', async () => {
    expect(await processOrder.execute(command)).toBe('processed');

    expect(fulfilment.requested).toEqual(['order-1']);
    expect(await orders.find(order.id)).toEqual(anOrder().storedProcessed());
  });

  it('saves one that fulfilment rejects as rejected', async () => {
    fulfilment.respond = () => Promise.resolve({ kind: 'rejected', reason: 'sold out' });

    expect(await processOrder.execute(command)).toBe('rejected');

    expect((await orders.find(order.id))?.order).toEqual(anOrder().rejected('sold out'));
  });

  it('leaves it parked when fulfilment fails again', async () => {
    fulfilment.respond = () => Promise.reject(new Error('the warehouse does not respond'));

    await expect(processOrder.execute(command)).rejects.toThrow('the warehouse does not respond');

    expect(await orders.find(order.id)).toEqual(anOrder().storedParked({ attempt: 5 }));
  });

  it('conflicts with another order under its id', async () => {
    const other = anOrder().withProduct('coffee').placed();

    await expect(processOrder.execute({ ...command, order: other })).rejects.toMatchObject({
      code: 'ORDER.CONFLICTING_CONTENT',
    });

    expect(fulfilment.requested).toEqual([]);
  });
});

describe('processing an order that is delivered again', () => {
  it('does nothing, and what the first delivery saved stays', async () => {
    await processOrder.execute(command);

    const again = { ...command, delivery: { ...DELIVERY, replica: 'replica-2', offset: '43' } };
    expect(await processOrder.execute(again)).toBe('already-processed');

    expect(fulfilment.requested).toEqual(['order-1']);
    expect((await orders.find(order.id))?.delivery).toEqual(DELIVERY);
  });

  it.each([
    ['product', anOrder().withProduct('coffee')],
    ['quantity', anOrder().withQuantity(3)],
  ])('conflicts with another %s, before anything is done', async (_what, other) => {
    await processOrder.execute(command);

    await expect(processOrder.execute({ ...command, order: other.placed() })).rejects.toMatchObject({
      code: 'ORDER.CONFLICTING_CONTENT',
    });

    expect(fulfilment.requested).toEqual(['order-1']);
    expect(await orders.find(order.id)).toEqual(anOrder().storedProcessed());
  });

  it('leaves it to the replica that saved it first meanwhile', async () => {
    fulfilment.respond = async () => {
      await orders.save(anOrder().storedProcessed({ replica: 'faster' }));
      return { kind: 'fulfilled' };
    };

    expect(await processOrder.execute(command)).toBe('already-processed');

    expect((await orders.find(order.id))?.delivery.replica).toBe('faster');
  });
});
