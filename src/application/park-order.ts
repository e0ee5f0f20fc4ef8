import type { Order } from '../domain/order/order.js';
import { ConflictingContent } from '../domain/order/order-errors.js';
import type { Delivery } from './delivery.js';
import type { OrderRepository } from './ports/order-repository.js';

/** Notes that an order was given up for now, unless something is stored under its id already. */
export class ParkOrder {
  constructor(private readonly orders: OrderRepository) {}

  /** @throws StoreUnavailable */
  async execute({ order, delivery }: { readonly order: Order; readonly delivery: Delivery }): Promise<void> {
    try {
      await this.orders.save({ order: order.park(), delivery });
    } catch (error) {
      // the stored order is another one, and stays as it is
      if (!(error instanceof ConflictingContent)) throw error;
    }
  }
}
