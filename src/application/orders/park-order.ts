import { ConflictingContent } from '../../domain/order/order-errors.js';
import type { Order } from '../../domain/order/order.js';
import type { Delivery } from './delivery.js';
import type { OrderRepository } from '../ports/order-repository.js';

export interface ParkOrderCommand {
  readonly order: Order;
  /** That of the last attempt. */
  readonly delivery: Delivery;
  /** W3C trace context, passed on. */
  readonly traceparent?: string | undefined;
}

/** Stores a dead-lettered order as parked. What is stored under its id already stays, whatever it is. */
export class ParkOrder {
  constructor(private readonly orders: OrderRepository) {}

  /** @throws StoreUnavailable */
  async execute({ order, delivery, traceparent }: ParkOrderCommand): Promise<void> {
    try {
      await this.orders.save({ order: order.park(), delivery }, traceparent);
    } catch (error) {
      if (!(error instanceof ConflictingContent)) throw error;
    }
  }
}
