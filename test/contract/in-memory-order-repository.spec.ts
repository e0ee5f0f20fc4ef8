import type { StoredOrder } from '../../src/application/ports/order-repository.js';
import type { OrderId } from '../../src/domain/order/order-id.js';
import { InMemoryOrderRepository } from '../../src/infrastructure/persistence/in-memory/in-memory-order-repository.js';
import { historyLine, orderRepositoryContract } from './order-repository.contract.js';

orderRepositoryContract('InMemoryOrderRepository', () => {
  const stored = new Map<OrderId, StoredOrder>();
  const history: StoredOrder[] = [];
  return Promise.resolve({
    repository: new InMemoryOrderRepository(stored, history),
    neighbour: new InMemoryOrderRepository(stored, history),
    countOrders: () => Promise.resolve(stored.size),
    history: () => Promise.resolve(history.map(historyLine)),
    close: () => Promise.resolve(),
  });
});
