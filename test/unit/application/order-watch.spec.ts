import { beforeEach, describe, expect, it } from '@jest/globals';
import { ManualTimers } from '../../../packages/delivery/test/support/manual-timers.js';
import { OrderWatch } from '../../../src/application/orders/order-watch.js';
import { StoreUnavailable, type StoredOrder } from '../../../src/application/ports/order-repository.js';
import { OrderId } from '../../../src/domain/order/order-id.js';
import { InMemoryOrderRepository } from '../../../src/infrastructure/in-memory/in-memory-order-repository.js';
import { anOrder } from '../../support/an-order.js';

/** Notes for how many orders it was asked. */
class CountingRepository extends InMemoryOrderRepository {
  readonly asked: number[] = [];
  failure: Error | undefined;

  override findAll(orderIds: readonly OrderId[]): Promise<StoredOrder[]> {
    this.asked.push(orderIds.length);
    return this.failure === undefined ? super.findAll(orderIds) : Promise.reject(this.failure);
  }
}

let orders: CountingRepository;
let timers: ManualTimers;
let watch: OrderWatch;
let client: AbortController;
beforeEach(() => {
  orders = new CountingRepository();
  timers = new ManualTimers();
  watch = new OrderWatch(orders, timers);
  client = new AbortController();
});

const waitFor = (orderId: string, timeoutMs = 10_000) =>
  watch.wait(OrderId.of(orderId), timeoutMs, client.signal);
const save = (orderId: string) => orders.save(anOrder().withId(orderId).storedProcessed());

describe('waiting for an order', () => {
  it('ends as soon as it is stored', async () => {
    const waiting = waitFor('a');
    await timers.pass(1_000);
    await save('a');
    await timers.pass(200);

    expect(await waiting).toEqual(anOrder().withId('a').storedProcessed());
  });

  it('ends when it is parked', async () => {
    const waiting = waitFor('a');
    await orders.save(anOrder().withId('a').storedParked());
    await timers.pass(200);

    expect((await waiting)?.order.state.status).toBe('parked');
  });

  it('ends with nothing when the time is over', async () => {
    const waiting = waitFor('a', 1_500);
    await timers.pass(1_500);

    expect(await waiting).toBeUndefined();
  });

  it('ends at once for a client that leaves, and leaves nothing behind', async () => {
    const waiting = waitFor('a');
    client.abort();

    expect(await waiting).toBeUndefined();
    await timers.pass(200);
    expect([orders.asked, timers.waiting]).toEqual([[], 0]);
  });

  it('does not begin for a client that has left', async () => {
    client.abort();

    expect(await waitFor('a')).toBeUndefined();
    expect(timers.waiting).toBe(0);
  });

  it('ends for all when the watch is closed, and begins no more', async () => {
    const waiting = [waitFor('a'), waitFor('a'), waitFor('b')];
    watch.close();

    expect(await Promise.all(waiting)).toEqual([undefined, undefined, undefined]);
    expect(await waitFor('c')).toBeUndefined();
  });
});

describe('the store', () => {
  it('is asked once in 200 ms for all who wait, however many', async () => {
    const waiting = Array.from({ length: 1_000 }, (_, index) => waitFor(`order-${index}`));
    await timers.pass(1_000);
    expect(orders.asked).toEqual(Array(5).fill(1_000));

    for (let index = 0; index < 999; index++) await save(`order-${index}`);
    await timers.pass(200);
    await Promise.all(waiting.slice(0, 999));
    await timers.pass(200);
    expect(orders.asked.slice(5)).toEqual([1_000, 1]);
  });

  it('is asked once for an order that several wait for, and tells each', async () => {
    const waiting = [waitFor('a'), waitFor('a')];
    await save('a');
    await timers.pass(200);

    expect((await Promise.all(waiting)).map((stored) => stored?.order.id)).toEqual(['a', 'a']);
    expect(orders.asked).toEqual([1]);
  });

  it('is asked nothing while nobody waits', async () => {
    const waiting = waitFor('a', 100);
    await timers.pass(100);
    await waiting;
    await timers.pass(10_000);

    expect([orders.asked, timers.waiting]).toEqual([[], 0]);
  });

  it('may be unavailable for a while', async () => {
    const waiting = waitFor('a');
    orders.failure = new StoreUnavailable('down');
    await timers.pass(400);
    orders.failure = undefined;
    await save('a');
    await timers.pass(200);

    expect((await waiting)?.order.id).toBe('a');
  });

  it('fails for all who wait when it has a bug', async () => {
    const waiting = Promise.allSettled([waitFor('a'), waitFor('b')]);
    orders.failure = new TypeError('a bug');
    await timers.pass(200);

    expect((await waiting).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(timers.waiting).toBe(0);
  });
});
