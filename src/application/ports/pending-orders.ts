import type { OrderId } from '../../domain/order/order-id.js';
import type { PublishedMessage } from './message-publisher.js';

/** Where the message of an order lies in the order topic. */
export type OrderPlace = Pick<PublishedMessage, 'partition' | 'offset'>;

/** An order that was accepted and that no replica has completed. */
export interface PendingOrder extends OrderPlace {
  readonly orderId: OrderId;
  /** Messages before its own in its partition that are not completed, at most. */
  readonly ahead: number;
  /** When it was accepted. */
  readonly since: Date;
}

/**
 * The orders in the topic that the replicas have still to complete.
 *
 * Finds the order only when the message at that place is its own and is not completed, as far as the replicas have committed.
 * Many who ask at once cost little more than one.
 *
 * Rejects with {@link PendingOrdersUnavailable} when the topic can't be asked, within a deadline.
 */
export interface PendingOrders {
  find(orderId: OrderId, place: OrderPlace): Promise<PendingOrder | undefined>;
}

/** The topic can't be asked. */
export class PendingOrdersUnavailable extends Error {
  override readonly name = 'PendingOrdersUnavailable';
}
