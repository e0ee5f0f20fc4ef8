import type { Order } from '../../domain/order/order.js';
import type { OrderId } from '../../domain/order/order-id.js';
import type { Delivery } from '../delivery.js';

/** An order that was carried out, and the delivery that did it. */
export interface CarriedOutOrder {
  readonly order: Order;
  readonly delivery: Delivery;
}

/**
 * Keeps what was carried out. Values are kept, not objects: a later change to what was passed in does not show.
 *
 * Both methods reject with {@link StoreUnavailable} when the store is away, within a deadline.
 */
export interface OrderRepository {
  find(orderId: OrderId): Promise<CarriedOutOrder | undefined>;
  /**
   * Saves once: of several savers of one order exactly one gets `saved`, the others `already-saved`, and what the first
   * one saved stays.
   * @throws ConflictingContent when the id is stored with another product or quantity
   */
  save(carriedOut: CarriedOutOrder): Promise<'saved' | 'already-saved'>;
}

/** The store is away, or can't take work now. The outcome of a save is unknown; saving again is safe. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}
