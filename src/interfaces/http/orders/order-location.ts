import type { SentOrder } from '../../../application/orders/send-order.js';
import type { OrderPlace } from '../../../application/ports/pending-orders.js';

/** Where an order is found from its acceptance on. */
export function orderLocation({ orderId, partition, offset }: Omit<SentOrder, 'topic'>): string {
  return `/api/Order/${orderId}?partition=${partition}&offset=${offset}`;
}

/** Only both together are a place. */
export function orderPlace(
  partition: number | undefined,
  offset: string | undefined,
): OrderPlace | undefined {
  return partition === undefined || offset === undefined ? undefined : { partition, offset };
}
