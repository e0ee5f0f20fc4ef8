import type { Order } from '../../domain/order/order.js';
import type { OrderId } from '../../domain/order/order-id.js';
import type { Delivery } from '../orders/delivery.js';

/** An order that was processed, rejected or parked, and the delivery that brought it there. */
export interface StoredOrder {
  readonly order: Order;
  readonly delivery: Delivery;
}

/**
 * Keeps what became of orders. Values are kept, not objects: a later change to what was passed in does not show.
 *
 * All methods reject with {@link StoreUnavailable} when the store is unavailable, within a deadline. `traceparent` is the W3C
 * trace context of what the call is part of.
 */
export interface OrderRepository {
  find(orderId: OrderId, traceparent?: string): Promise<StoredOrder | undefined>;
  /** Those of them that are stored, each once, in any order. However many are asked for, it is one question to the store. */
  findAll(orderIds: readonly OrderId[]): Promise<readonly StoredOrder[]>;
  /**
   * `saved` when the stored order `mayBecome` this one by its status (an unknown id counts as `placed`); else
   * `already-saved`, and what is stored stays. Of several savers exactly one gets `saved` for each transition, which
   * adds one line to the history of orders, together with the order or not at all. A placed order can't be saved.
   * @throws ConflictingContent when the id is stored with another product or quantity
   */
  save(stored: StoredOrder, traceparent?: string): Promise<'saved' | 'already-saved'>;
}

/** The store can't be reached, or can't work now. The outcome of a save is unknown; saving again is safe. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}
