import { beforeEach, describe, expect, it } from '@jest/globals';
import { StoreUnavailable } from '../../../src/application/ports/order-repository.js';
import { ParkOrder } from '../../../src/application/orders/park-order.js';
import { InMemoryOrderRepository } from '../../../src/infrastructure/in-memory/in-memory-order-repository.js';
import { anOrder, DELIVERY } from '../../support/an-order.js';

const order = anOrder().placed();
let orders: InMemoryOrderRepository;
let parkOrder: ParkOrder;

beforeEach(() => {
  orders = new InMemoryOrderRepository();
  parkOrder = new ParkOrder(orders);
});

describe('parking an order', () => {
  it('saves it as parked, with the delivery of its last attempt', async () => {
    await parkOrder.execute({ order, delivery: DELIVERY });

    expect(await orders.find(order.id)).toEqual(anOrder().storedParked());
  });

  it.each([
    ['the same order, processed', anOrder().storedProcessed({ offset: '1' })],
    ['the same order, parked', anOrder().storedParked({ offset: '1' })],
    ['another order, processed', anOrder().withProduct('coffee').storedProcessed({ offset: '1' })],
    ['another order, parked', anOrder().withProduct('coffee').storedParked({ offset: '1' })],
  ])('leaves what is stored under its id as it is: %s', async (_what, stored) => {
    await orders.save(stored);

    await parkOrder.execute({ order, delivery: DELIVERY });

    expect(await orders.find(order.id)).toEqual(stored);
  });

  it('fails while the store is unavailable', async () => {
    const unavailable = new StoreUnavailable('unreachable');
    orders.save = () => Promise.reject(unavailable);

    await expect(parkOrder.execute({ order, delivery: DELIVERY })).rejects.toBe(unavailable);
  });
});
