import type { OrderPlace } from '../../../application/ports/pending-orders.js';

/** Where its owner finds an order from its acceptance on. */
export function orderLocation({
  orderId,
  partition,
  offset,
}: OrderPlace & { readonly orderId: string }): string {
  return `/api/Order/${orderId}?partition=${partition}&offset=${offset}`;
}

/** Only both together are a place. */
export function orderPlace(
  partition: number | undefined,
  offset: string | undefined,
): OrderPlace | undefined {
  return partition === undefined || offset === undefined ? undefined : { partition, offset };
}
