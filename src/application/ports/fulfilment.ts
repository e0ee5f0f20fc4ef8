import type { Order } from '../../domain/order/order.js';

export type FulfilmentOutcome =
  | { readonly kind: 'fulfilled' }
  /** Refused for good: a business outcome, not a failure. */
  | { readonly kind: 'refused'; readonly reason: string };

/**
 * Carries an order out in the world. Called at least once an order: the order's id is the idempotency key.
 *
 * Rejects with {@link FulfilmentFailed} when it did not work this time; the order is then tried again.
 */
export interface Fulfilment {
  fulfil(order: Order): Promise<FulfilmentOutcome>;
}

/** This order failed this time. Whether it took effect all the same is unknown. */
export class FulfilmentFailed extends Error {
  override readonly name = 'FulfilmentFailed';

  /** @param retryAfterMs how long the other side asks to be left alone */
  constructor(
    message: string,
    readonly retryAfterMs = 0,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
