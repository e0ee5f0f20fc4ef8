import type { Order } from '../../domain/order/order.js';
import type { OrderId } from '../../domain/order/order-id.js';
import type { Delivery } from '../orders/delivery.js';

/** An order that was carried out or parked, and the delivery that brought it there. */
export interface StoredOrder {
  readonly order: Order;
  readonly delivery: Delivery;
}

/**
 * Keeps what became of orders. Values are kept, not objects: a later change to what was passed in does not show.
 *
 * Both methods reject with {@link StoreUnavailable} when the store is away, within a deadline.
 */
export interface OrderRepository {
  find(orderId: OrderId): Promise<StoredOrder | undefined>;
  /**
   * `saved` when the id is new, or when an order that is carried out takes the place of the same one parked; else
   * `already-saved`, and what is stored stays. Of several savers exactly one gets `saved` for each of these steps, and
   * each `saved` adds one line to the history of orders, together with the order or not at all.
   * @throws ConflictingContent when the id is stored with another product or quantity
   */
  save(stored: StoredOrder): Promise<'saved' | 'already-saved'>;
}

/** The store is away, or can't take work now. The outcome of a save is unknown; saving again is safe. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}
