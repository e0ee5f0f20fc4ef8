import { OrderId } from '../../domain/order/order-id.js';
import { OrderNotProcessed } from '../application-errors.js';
import type { OrderRepository, StoredOrder } from '../ports/order-repository.js';

/** Finds an order that was processed, rejected or parked. */
export class FindOrder {
  constructor(private readonly orders: OrderRepository) {}

  /** @throws InvalidOrderId, OrderNotProcessed, StoreUnavailable */
  async execute(query: { readonly orderId: string }): Promise<StoredOrder> {
    const found = await this.orders.find(OrderId.of(query.orderId));
    if (found === undefined) throw new OrderNotProcessed(query.orderId);
    return found;
  }
}
