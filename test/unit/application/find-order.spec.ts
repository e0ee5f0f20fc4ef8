import { describe, expect, it } from '@jest/globals';
import { FindOrder } from '../../../src/application/orders/find-order.js';
import { InMemoryOrderRepository } from '../../../src/infrastructure/in-memory/in-memory-order-repository.js';
import { anOrder } from '../../support/an-order.js';

const orders = new InMemoryOrderRepository();
const findOrder = new FindOrder(orders);

describe('finding an order', () => {
  it('returns it with the delivery that processed it', async () => {
    const processed = anOrder().withId('found').storedProcessed();
    await orders.save(processed);

    expect(await findOrder.execute({ orderId: 'found' })).toEqual(processed);
  });

  it('returns a parked one with the delivery of its last attempt', async () => {
    const parked = anOrder().withId('parked').storedParked({ attempt: 5 });
    await orders.save(parked);

    expect(await findOrder.execute({ orderId: 'parked' })).toEqual(parked);
  });

  it('says of one that no replica has processed that it may be unknown, or still waiting', async () => {
    await expect(findOrder.execute({ orderId: 'waiting' })).rejects.toMatchObject({
      name: 'OrderNotProcessed',
      code: 'ORDER.NOT_PROCESSED',
      field: 'orderId',
      message: "no replica has processed an order 'waiting': it was never sent, or still waits",
    });
  });

  it('does not accept what can’t be an id', async () => {
    await expect(findOrder.execute({ orderId: 'a b' })).rejects.toMatchObject({ code: 'ORDER.INVALID_ID' });
  });
});
