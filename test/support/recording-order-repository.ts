import type { StoredOrder } from '../../src/application/ports/order-repository.js';
import type { OrderId } from '../../src/domain/order/order-id.js';
import { InMemoryOrderRepository } from '../../src/infrastructure/in-memory/in-memory-order-repository.js';
import { silentLogger } from '../../packages/delivery/src/contract/silent-logger.js';

/** Records each change of an order, the oldest first; those with the same map and history share a store. */
export class RecordingOrderRepository extends InMemoryOrderRepository {
  constructor(
    private readonly history: StoredOrder[],
    stored?: Map<OrderId, string>,
  ) {
    super(Infinity, silentLogger, stored);
  }

  override async save(order: StoredOrder): Promise<'saved' | 'already-saved'> {
    const change = { order: order.order, delivery: { ...order.delivery } };
    const outcome = await super.save(order);
    if (outcome === 'saved') this.history.push(change);
    return outcome;
  }
}
