import { beforeEach, describe, expect, it } from '@jest/globals';
import { ManualTimers } from '../../../packages/delivery/test/support/manual-timers.js';
import { AwaitOrder } from '../../../src/application/orders/await-order.js';
import { FindOrder } from '../../../src/application/orders/find-order.js';
import { OrderWatch } from '../../../src/application/orders/order-watch.js';
import type { OrderPlace } from '../../../src/application/ports/pending-orders.js';
import { InMemoryOrderRepository } from '../../../src/infrastructure/in-memory/in-memory-order-repository.js';
import { anOrder } from '../../support/an-order.js';
import { aPendingOrder, PLACE, StubPendingOrders } from '../../support/stub-pending-orders.js';

let orders: InMemoryOrderRepository;
let pendingOrders: StubPendingOrders;
let timers: ManualTimers;
let watch: OrderWatch;
let awaitOrder: AwaitOrder;
let client: AbortController;
beforeEach(() => {
  orders = new InMemoryOrderRepository();
  pendingOrders = new StubPendingOrders();
  timers = new ManualTimers();
  watch = new OrderWatch(orders, timers);
  awaitOrder = new AwaitOrder(new FindOrder(orders, pendingOrders), watch, 2);
  client = new AbortController();
});

const processed = anOrder().storedProcessed();
const execute = (place?: OrderPlace) =>
  awaitOrder.execute({ orderId: 'order-1', place, timeoutMs: 10_000, signal: client.signal });

describe('awaiting an order', () => {
  it('returns it as soon as it is completed', async () => {
    pendingOrders.add(aPendingOrder());
    const waiting = execute(PLACE);
    await timers.pass(5_000);
    await orders.save(processed);
    await timers.pass(200);

    expect(await waiting).toEqual(processed);
  });

  it('returns at once what is stored', async () => {
    await orders.save(anOrder().storedParked());

    expect(await execute()).toEqual(anOrder().storedParked());
    expect(timers.waiting).toBe(0);
  });

  it('returns how it stands when the time is over', async () => {
    pendingOrders.add(aPendingOrder());
    const waiting = execute(PLACE);
    await timers.pass(5_000);
    const moved = pendingOrders.add(aPendingOrder('order-1', { ahead: 0 }));
    await timers.pass(5_000);

    expect(await waiting).toEqual(moved);
  });

  it('waits for an unknown one, too, when it is asked without its place', async () => {
    const waiting = execute();
    await timers.pass(5_000);
    await orders.save(processed);
    await timers.pass(200);

    expect(await waiting).toEqual(processed);
  });

  it('says of such a one that it is unknown when the time is over', async () => {
    const waiting = execute().catch((error: unknown) => error);
    await timers.pass(10_000);

    expect(await waiting).toMatchObject({ code: 'ORDER.NOT_PROCESSED' });
  });

  it('says at once of one that is not at its place that it is unknown', async () => {
    await expect(execute(PLACE)).rejects.toMatchObject({ code: 'ORDER.NOT_PROCESSED' });
  });

  it('returns how it stands when the watch is closed', async () => {
    const pending = pendingOrders.add(aPendingOrder());
    const waiting = execute(PLACE);
    await timers.pass(0);
    watch.close();

    expect(await waiting).toEqual(pending);
    expect(awaitOrder.hasRoom).toBe(false);
  });

  it('has room for so many, and again when one of them has left', async () => {
    pendingOrders.add(aPendingOrder());
    const waiting = [execute(PLACE), execute(PLACE)];
    expect(awaitOrder.hasRoom).toBe(false);
    await timers.pass(0);
    client.abort();
    await Promise.all(waiting);

    expect(awaitOrder.hasRoom).toBe(true);
  });
});
