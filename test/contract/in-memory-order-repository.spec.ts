import type { CarriedOutOrder } from '../../src/application/ports/order-repository.js';
import type { OrderId } from '../../src/domain/order/order-id.js';
import { InMemoryOrderRepository } from '../../src/infrastructure/persistence/in-memory/in-memory-order-repository.js';
import { orderRepositoryContract } from './order-repository.contract.js';

orderRepositoryContract('InMemoryOrderRepository', () => {
  const stored = new Map<OrderId, CarriedOutOrder>();
  return Promise.resolve({
    repository: new InMemoryOrderRepository(stored),
    neighbour: new InMemoryOrderRepository(stored),
    countOrders: () => Promise.resolve(stored.size),
    close: () => Promise.resolve(),
  });
});
