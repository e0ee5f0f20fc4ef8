import { describe, expect, it } from '@jest/globals';
import { FindOrder } from '../../../src/application/orders/find-order.js';
import { InMemoryOrderRepository } from '../../../src/infrastructure/in-memory/in-memory-order-repository.js';
import { anOrder } from '../../support/an-order.js';
import { aPendingOrder, PLACE, StubPendingOrders } from '../../support/stub-pending-orders.js';

const orders = new InMemoryOrderRepository();
const pendingOrders = new StubPendingOrders();
const findOrder = new FindOrder(orders, pendingOrders);

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

  it('returns a pending one when it is asked with its place', async () => {
    const pending = pendingOrders.add(aPendingOrder('pending'));

    expect(await findOrder.execute({ orderId: 'pending', place: PLACE })).toEqual(pending);
    await expect(findOrder.execute({ orderId: 'pending' })).rejects.toThrow('or still waits');
  });

  it('is its owner’s alone', async () => {
    await orders.save(anOrder().withId('owned').withOwner('shop').storedProcessed());

    expect(await findOrder.execute({ orderId: 'owned', owner: 'shop' })).toBeDefined();
    for (const owner of [undefined, 'desk', 'shop/owned'])
      await expect(findOrder.execute({ orderId: 'owned', owner })).rejects.toThrow("an order 'owned'");
  });

  it('asks nowhere else for one that is stored', async () => {
    await orders.save(anOrder().withId('stored').storedProcessed());
    pendingOrders.add(aPendingOrder('stored'));

    expect(await findOrder.execute({ orderId: 'stored', place: PLACE })).toEqual(
      anOrder().withId('stored').storedProcessed(),
    );
  });

  it('returns one that was completed just after the store was asked', async () => {
    const processed = anOrder().withId('racing').storedProcessed();
    const completing = {
      find: async () => {
        await orders.save(processed);
        return undefined;
      },
    };

    expect(await new FindOrder(orders, completing).execute({ orderId: 'racing', place: PLACE })).toEqual(
      processed,
    );
  });

  it('says of one that is not pending at its place where it was looked for', async () => {
    await expect(findOrder.execute({ orderId: 'elsewhere', place: PLACE })).rejects.toMatchObject({
      code: 'ORDER.NOT_PROCESSED',
      message: "no replica has processed an order 'elsewhere', and none is pending at partition 3, offset 42",
    });
  });

  it('does not accept what can’t be an id', async () => {
    await expect(findOrder.execute({ orderId: 'a b' })).rejects.toMatchObject({ code: 'ORDER.INVALID_ID' });
  });
});
