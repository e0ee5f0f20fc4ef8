import type { Order } from '../../domain/order/order.js';

export type FulfilmentOutcome =
  | { readonly kind: 'fulfilled' }
  /** Refused for good: a business outcome, not a failure. */
  | { readonly kind: 'refused'; readonly reason: string };

/**
 * Carries an order out in the world. Called at least once an order: the order's id is the idempotency key.
 * Rejects when it did not work this time; the order is then tried again.
 */
export interface Fulfilment {
  fulfil(order: Order): Promise<FulfilmentOutcome>;
}
