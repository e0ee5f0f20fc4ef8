import { describe, expect, it } from '@jest/globals';
import type { StoredOrder } from '../../src/application/ports/order-repository.js';
import type { OrderId } from '../../src/domain/order/order-id.js';
import { InMemoryOrderRepository } from '../../src/infrastructure/in-memory/in-memory-order-repository.js';
import { anOrder } from '../support/an-order.js';
import { RecordingLogger } from '../../packages/delivery/test/support/recording-logger.js';
import { RecordingOrderRepository } from '../support/recording-order-repository.js';
import { silentLogger } from '../../packages/delivery/src/contract/silent-logger.js';
import { historyLine, numbered, orderRepositoryContract } from './order-repository.contract.js';

orderRepositoryContract('InMemoryOrderRepository', () => {
  const stored = new Map<OrderId, string>();
  const history: StoredOrder[] = [];
  return Promise.resolve({
    repository: new RecordingOrderRepository(history, stored),
    neighbour: new RecordingOrderRepository(history, stored),
    countOrders: () => Promise.resolve(stored.size),
    history: () => Promise.resolve(history.map(historyLine)),
    close: () => Promise.resolve(),
  });
});

describe('a store in memory', () => {
  const parked = numbered(2, 'parked-').map(({ order }) => anOrder().withId(order.id).storedParked());

  async function saved(repository: InMemoryOrderRepository, orders: readonly StoredOrder[]) {
    for (const order of orders) await repository.save(order);
  }

  it('keeps the newest completed orders, and forgets the oldest', async () => {
    const stored = new Map<OrderId, string>();
    const repository = new InMemoryOrderRepository(3, silentLogger, stored);
    const orders = numbered(8);
    await saved(repository, orders);
    expect([...stored.keys()]).toEqual(orders.slice(-3).map(({ order }) => order.id));
  });

  it('never forgets a parked one, and forgets it in its turn once it is completed', async () => {
    const stored = new Map<OrderId, string>();
    const repository = new InMemoryOrderRepository(3, silentLogger, stored);
    const ids = (orders: readonly StoredOrder[]) => orders.map(({ order }) => order.id).sort();
    const orders = numbered(20);
    await saved(repository, [...parked, ...orders.slice(0, 10)]);
    expect([...stored.keys()].sort()).toEqual(ids([...parked, ...orders.slice(7, 10)]));

    const [first, second] = parked;
    const completed = first === undefined ? [] : [anOrder().withId(first.order.id).storedProcessed()];
    await saved(repository, [...completed, ...orders.slice(10, 12)]);
    expect([...stored.keys()].sort()).toEqual(ids([...parked, ...orders.slice(10, 12)]));
    await saved(repository, orders.slice(12, 13));
    expect([...stored.keys()].sort()).toEqual(
      ids([...parked.filter((each) => each === second), ...orders.slice(10, 13)]),
    );
  });

  it('treats a forgotten order as a new one', async () => {
    const repository = new InMemoryOrderRepository(1, silentLogger);
    const [one, two] = numbered(2);
    if (one === undefined || two === undefined) throw new Error('two are needed');
    await saved(repository, [one, two]);
    expect(await repository.find(one.order.id)).toBeUndefined();
    expect(await repository.save(one)).toBe('saved');
    expect(await repository.save(one)).toBe('already-saved');
  });

  it('says once that it begins to forget, and of how many it keeps', async () => {
    const logger = new RecordingLogger();
    const repository = new InMemoryOrderRepository(3, logger);
    const orders = numbered(6);
    await saved(repository, orders.slice(0, 3));
    expect(logger.lines).toEqual([]);
    await saved(repository, orders.slice(3));
    expect(logger.lines).toEqual([
      {
        level: 'info',
        message: 'the store in memory is full: it forgets the oldest completed order for each new one',
        fields: { keeps: 3 },
      },
    ]);
  });
});
