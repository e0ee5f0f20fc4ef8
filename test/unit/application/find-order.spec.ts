import { describe, expect, it } from '@jest/globals';
import { FindOrder } from '../../../src/application/orders/find-order.js';
import { InMemoryOrderRepository } from '../../../src/infrastructure/in-memory/in-memory-order-repository.js';
import { anOrder } from '../../support/an-order.js';

const orders = new InMemoryOrderRepository();
const findOrder = new FindOrder(orders);

describe('finding an order', () => {
  it('answers it with the delivery that carried it out', async () => {
    const carriedOut = anOrder().withId('found').storedProcessed();
    await orders.save(carriedOut);

    expect(await findOrder.execute({ orderId: 'found' })).toEqual(carriedOut);
  });

  it('answers a parked one with the delivery that was given up', async () => {
    const givenUp = anOrder().withId('parked').storedParked({ attempt: 5 });
    await orders.save(givenUp);

    expect(await findOrder.execute({ orderId: 'parked' })).toEqual(givenUp);
  });

  it('says of one that no replica has carried out that it may be unknown, or still waiting', async () => {
    await expect(findOrder.execute({ orderId: 'waiting' })).rejects.toMatchObject({
      name: 'OrderNotProcessed',
      code: 'ORDER.NOT_PROCESSED',
      field: 'orderId',
      message: "no replica has processed an order 'waiting': it was never sent, or still waits",
    });
  });

  it('refuses what can’t be an id', async () => {
    await expect(findOrder.execute({ orderId: 'a b' })).rejects.toMatchObject({ code: 'ORDER.INVALID_ID' });
  });
});
