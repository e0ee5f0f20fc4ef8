import { ConflictingContent } from '../../../domain/order/order-errors.js';
import type { OrderId } from '../../../domain/order/order-id.js';
import { Order } from '../../../domain/order/order.js';
import type { OrderRepository, StoredOrder } from '../../../application/ports/order-repository.js';

/** Keeps orders as long as the process lives; those with the same map and history share a store. */
export class InMemoryOrderRepository implements OrderRepository {
  constructor(
    private readonly stored = new Map<OrderId, StoredOrder>(),
    private readonly history: StoredOrder[] = [],
  ) {}

  async find(orderId: OrderId): Promise<StoredOrder | undefined> {
    const found = this.stored.get(orderId);
    return found && copyOf(found);
  }

  async save(stored: StoredOrder): Promise<'saved' | 'already-saved'> {
    const { order } = stored;
    const earlier = this.stored.get(order.id)?.order;
    if (earlier?.hasContentOf(order) === false) throw new ConflictingContent(order.id);
    if (earlier !== undefined && (earlier.isCarriedOut || !order.isCarriedOut)) return 'already-saved';
    const copy = copyOf(stored);
    this.stored.set(order.id, copy);
    this.history.push(copy);
    return 'saved';
  }
}

function copyOf({ order, delivery }: StoredOrder): StoredOrder {
  const { placedAt, carriedOutAt } = order.state;
  const times = {
    placedAt: new Date(placedAt),
    ...(carriedOutAt && { carriedOutAt: new Date(carriedOutAt) }),
  };
  return { order: Order.restore({ ...order.state, ...times }), delivery: { ...delivery } };
}
