import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Fulfilment, FulfilmentOutcome } from '../../../src/application/ports/fulfilment.js';
import { ProcessOrder } from '../../../src/application/process-order.js';
import type { Order } from '../../../src/domain/order/order.js';
import { InMemoryOrderRepository } from '../../../src/infrastructure/persistence/in-memory/in-memory-order-repository.js';
import { anOrder, CARRIED_OUT_AT, DELIVERY } from '../../support/an-order.js';

/** Answers as it is told, and notes what it was asked to carry out. */
class ToldFulfilment implements Fulfilment {
  readonly fulfilled: string[] = [];
  answer: () => Promise<FulfilmentOutcome> = () => Promise.resolve({ kind: 'fulfilled' });

  fulfil({ id }: Order): Promise<FulfilmentOutcome> {
    this.fulfilled.push(id);
    return this.answer();
  }
}

const order = anOrder().placed();
const clock = { now: () => CARRIED_OUT_AT };
let orders: InMemoryOrderRepository;
let fulfilment: ToldFulfilment;
let processOrder: ProcessOrder;

beforeEach(() => {
  orders = new InMemoryOrderRepository();
  fulfilment = new ToldFulfilment();
  processOrder = new ProcessOrder(orders, fulfilment, clock);
});

describe('processing an order', () => {
  it('carries it out, and saves it with the delivery that did it', async () => {
    expect(await processOrder.execute({ order, delivery: DELIVERY })).toBe('processed');

    expect(fulfilment.fulfilled).toEqual(['order-1']);
    expect(await orders.find(order.id)).toEqual(anOrder().carriedOut());
  });

  it('saves one that fulfilment refuses as rejected, and why', async () => {
    fulfilment.answer = () => Promise.resolve({ kind: 'refused', reason: 'sold out' });

    expect(await processOrder.execute({ order, delivery: DELIVERY })).toBe('rejected');

    expect((await orders.find(order.id))?.order).toEqual(anOrder().rejected('sold out'));
  });

  it('saves nothing when fulfilment fails, and lets the failure through', async () => {
    const failure = new Error('the warehouse does not answer');
    fulfilment.answer = () => Promise.reject(failure);

    await expect(processOrder.execute({ order, delivery: DELIVERY })).rejects.toBe(failure);

    expect(await orders.find(order.id)).toBeUndefined();
  });
});

describe('processing an order that is delivered again', () => {
  it('does nothing, and what the first delivery saved stays', async () => {
    await processOrder.execute({ order, delivery: DELIVERY });

    const again = { order, delivery: { ...DELIVERY, replica: 'replica-2', offset: '43' } };
    expect(await processOrder.execute(again)).toBe('already-carried-out');

    expect(fulfilment.fulfilled).toEqual(['order-1']);
    expect((await orders.find(order.id))?.delivery).toEqual(DELIVERY);
  });

  it.each([
    ['product', anOrder().withProduct('coffee')],
    ['quantity', anOrder().withQuantity(3)],
  ])('refuses it with another %s, before anything is done', async (_what, other) => {
    await processOrder.execute({ order, delivery: DELIVERY });

    await expect(processOrder.execute({ order: other.placed(), delivery: DELIVERY })).rejects.toMatchObject({
      code: 'ORDER.CONFLICTING_CONTENT',
    });

    expect(fulfilment.fulfilled).toEqual(['order-1']);
    expect(await orders.find(order.id)).toEqual(anOrder().carriedOut());
  });

  it('leaves it to the replica that saved it first meanwhile', async () => {
    fulfilment.answer = async () => {
      await orders.save(anOrder().carriedOut({ replica: 'faster' }));
      return { kind: 'fulfilled' };
    };

    expect(await processOrder.execute({ order, delivery: DELIVERY })).toBe('already-carried-out');

    expect((await orders.find(order.id))?.delivery.replica).toBe('faster');
  });
});
