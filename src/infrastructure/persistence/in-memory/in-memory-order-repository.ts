import { ConflictingContent } from '../../../domain/order/order-errors.js';
import type { OrderId } from '../../../domain/order/order-id.js';
import { Order } from '../../../domain/order/order.js';
import type { CarriedOutOrder, OrderRepository } from '../../../application/ports/order-repository.js';

/** Keeps orders as long as the process lives; those with the same map share a store. */
export class InMemoryOrderRepository implements OrderRepository {
  constructor(private readonly stored = new Map<OrderId, CarriedOutOrder>()) {}

  async find(orderId: OrderId): Promise<CarriedOutOrder | undefined> {
    const found = this.stored.get(orderId);
    return found && copyOf(found);
  }

  async save(carriedOut: CarriedOutOrder): Promise<'saved' | 'already-saved'> {
    const { order } = carriedOut;
    const earlier = this.stored.get(order.id);
    if (earlier === undefined) {
      this.stored.set(order.id, copyOf(carriedOut));
      return 'saved';
    }
    if (!earlier.order.hasContentOf(order)) throw new ConflictingContent(order.id);
    return 'already-saved';
  }
}

function copyOf({ order, delivery }: CarriedOutOrder): CarriedOutOrder {
  return { order: Order.restore(structuredClone(order.state)), delivery: { ...delivery } };
}
