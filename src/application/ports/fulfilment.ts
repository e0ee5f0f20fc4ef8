import type { Order } from '../../domain/order/order.js';

export type FulfilmentOutcome =
  | { readonly kind: 'fulfilled' }
  /** Refused for good: a business outcome, not a failure. */
  | { readonly kind: 'refused'; readonly reason: string };

/**
 * Carries an order out in the world. Called at least once an order: the order's id is the idempotency key.
 *
 * Rejects with {@link FulfilmentFailed} when it did not work this time; the order is then tried again. An aborted `signal`
 * ends it.
 */
export interface Fulfilment {
  fulfil(order: Order, signal: AbortSignal): Promise<FulfilmentOutcome>;
}

export interface FulfilmentFailure extends ErrorOptions {
  /** How long the other side asks to be left alone. */
  readonly retryAfterMs?: number;
  /** `false`: it is surely this order's own. Else, when it happens to several different ones, it is an outage. */
  readonly mayBeOutage?: boolean;
}

/** This order failed this time. Whether it took effect all the same is unknown. */
export class FulfilmentFailed extends Error {
  override readonly name = 'FulfilmentFailed';
  readonly retryAfterMs: number;
  readonly mayBeOutage: boolean;

  constructor(message: string, { retryAfterMs = 0, mayBeOutage = true, ...options }: FulfilmentFailure = {}) {
    super(message, options);
    this.retryAfterMs = retryAfterMs;
    this.mayBeOutage = mayBeOutage;
  }
}
