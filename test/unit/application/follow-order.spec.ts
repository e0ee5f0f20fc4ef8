import { beforeEach, describe, expect, it } from '@jest/globals';
import { ManualTimers } from '../../../packages/delivery/test/support/manual-timers.js';
import { OrderAttempts } from '../../../src/application/live/order-attempts.js';
import { FindOrder } from '../../../src/application/orders/find-order.js';
import { FollowOrder, type OrderStep } from '../../../src/application/orders/follow-order.js';
import { OrderWatch } from '../../../src/application/orders/order-watch.js';
import type { HandledOrder, ReplicaReport } from '../../../src/application/ports/replica-reports.js';
import { InMemoryOrderRepository } from '../../../src/infrastructure/in-memory/in-memory-order-repository.js';
import { aHandledOrder, aReport } from '../../support/a-report.js';
import { anOrder } from '../../support/an-order.js';
import { aPendingOrder, PLACE, StubPendingOrders } from '../../support/stub-pending-orders.js';

let orders: InMemoryOrderRepository;
let pendingOrders: StubPendingOrders;
let timers: ManualTimers;
let watch: OrderWatch;
let followOrder: FollowOrder;
let client: AbortController;
let report: (report: ReplicaReport) => void;
let reportsFollowed = false;
let attempts: OrderAttempts;
beforeEach(() => {
  attempts = new OrderAttempts({
    follow: (listener) => {
      report = listener;
      reportsFollowed = true;
      return () => (reportsFollowed = false);
    },
  });
  orders = new InMemoryOrderRepository();
  pendingOrders = new StubPendingOrders();
  timers = new ManualTimers();
  watch = new OrderWatch(orders, timers);
  followOrder = new FollowOrder(new FindOrder(orders, pendingOrders), watch, clock, attempts, 1);
  client = new AbortController();
});
const ofReplica = (handled: HandledOrder) => ({ ...handled, replica: aReport().replica });
const clock = { now: () => new Date(timers.now()) };

/** Everything that is yielded, as it comes; `ended` with how it ends. */
function follow() {
  const steps: OrderStep[] = [];
  const collect = async () => {
    const query = { orderId: 'order-1', place: PLACE, signal: client.signal };
    for await (const step of followOrder.execute(query)) steps.push(step);
  };
  const ended = collect().then(
    () => 'ended',
    (error: unknown) => (error as Error).name,
  );
  return { steps, ended };
}

describe('following an order', () => {
  it('shows each change, and ends when it is completed', async () => {
    const [first, second] = [aPendingOrder(), aPendingOrder('order-1', { ahead: 0 })];
    pendingOrders.add(first);
    const { steps, ended } = follow();
    await timers.pass(3_000);
    pendingOrders.add(second);
    await timers.pass(3_000);
    await orders.save(anOrder().storedProcessed());
    await timers.pass(200);

    expect(await ended).toBe('ended');
    expect(steps).toEqual([first, second, anOrder().storedProcessed()]);
    expect(timers.waiting).toBe(0);
  });

  it('is looked at on the full second, together with all others, however they began', async () => {
    const looks: number[] = [];
    const findOrder = {
      execute: () => {
        looks.push(timers.now());
        return Promise.resolve(aPendingOrder());
      },
    };
    followOrder = new FollowOrder(findOrder, watch, clock, attempts, 2);
    follow();
    await timers.pass(700);
    follow();
    await timers.pass(2_000);

    expect(looks).toEqual([0, 700, 1_000, 1_000, 2_000, 2_000]);
    client.abort();
  });

  it('shows the attempts that failed, and what they failed with', async () => {
    const pending = aPendingOrder();
    pendingOrders.add(pending);
    const { steps } = follow();
    await timers.pass(0);
    const first = aHandledOrder({ outcome: 'retried', error: 'fulfilment responded 500' });
    const second = aHandledOrder({ attempt: 2, outcome: 'dead-lettered', at: 2 });
    report(aReport({ recent: [first] }));
    report(aReport({ recent: [second, first, aHandledOrder({ orderId: 'order-2', outcome: 'retried' })] }));
    report(aReport({ recent: [aHandledOrder({ attempt: 3, at: 3 })] }));
    await timers.pass(1_000);
    client.abort();

    expect(steps).toEqual([pending, ...[first, second].map(ofReplica)]);
  });

  it('ends with one that is stored already, parked ones too', async () => {
    await orders.save(anOrder().storedParked());
    const { steps, ended } = follow();

    expect(await ended).toBe('ended');
    expect(steps).toEqual([anOrder().storedParked()]);
  });

  it('fails when there is no such order, and shows nothing', async () => {
    const { steps, ended } = follow();

    expect([await ended, steps]).toEqual(['OrderNotProcessed', []]);
  });

  it('goes on while it can’t be told how many are ahead', async () => {
    const [first, second] = [aPendingOrder(), aPendingOrder('order-1', { ahead: 1 })];
    pendingOrders.add(first);
    const { steps } = follow();
    await timers.pass(0);
    pendingOrders.isUnavailable = true;
    await timers.pass(5_000);
    pendingOrders.isUnavailable = false;
    pendingOrders.add(second);
    await timers.pass(1_000);

    expect(steps).toEqual([first, second]);
  });

  it.each([
    ['the client leaves', () => client.abort()],
    ['the watch is closed', () => watch.close()],
  ])('ends when %s, and makes room', async (_when, end) => {
    pendingOrders.add(aPendingOrder());
    const { ended } = follow();
    await timers.pass(0);
    expect([followOrder.hasRoom, reportsFollowed]).toEqual([false, true]);
    end();

    expect(await ended).toBe('ended');
    expect([followOrder.hasRoom, reportsFollowed]).toEqual([true, false]);
    await timers.pass(200);
    expect(timers.waiting).toBe(0);
  });

  it('fails when the order is neither pending nor stored any more', async () => {
    pendingOrders.add(aPendingOrder());
    const { steps, ended } = follow();
    await timers.pass(0);
    pendingOrders.remove('order-1');
    await timers.pass(1_000);

    expect([await ended, steps.length]).toEqual(['OrderNotProcessed', 1]);
  });
});
