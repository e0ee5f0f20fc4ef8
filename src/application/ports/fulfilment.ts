import type { Order } from '../../domain/order/order.js';

export type FulfilmentOutcome =
  | { readonly kind: 'fulfilled' }
  /** For good: a business outcome, not a failure. */
  | { readonly kind: 'rejected'; readonly reason: string };

/**
 * The call to the outside world that fulfils an order. Called at least once an order, whose id is the idempotency key.
 *
 * Rejects with {@link FulfilmentUnavailable} when no order can be fulfilled now, as far as can be told, and with
 * {@link FulfilmentFailed} when it did not work this time; the order is then retried. When `signal` is aborted it
 * ends soon after, and rejects with the signal's reason unless the order was fulfilled. `traceparent` is the W3C trace context
 * of the attempt.
 */
export interface Fulfilment {
  fulfil(order: Order, signal: AbortSignal, traceparent?: string): Promise<FulfilmentOutcome>;
}

/** This order failed this time. Whether it took effect all the same is unknown. */
export class FulfilmentFailed extends Error {
  override readonly name = 'FulfilmentFailed';

  /** How long the other side asks to be left alone. */
  readonly retryAfterMs: number;
  /** Whether other orders may fail for the same reason. `false`: it is surely this order's own. */
  readonly mayBeOutage: boolean;

  constructor(
    message: string,
    options: ErrorOptions & { retryAfterMs?: number; mayBeOutage?: boolean } = {},
  ) {
    super(message, options);
    this.retryAfterMs = options.retryAfterMs ?? 0;
    this.mayBeOutage = options.mayBeOutage ?? true;
  }
}

/**
 * Fulfilment can't be reached, can't work now, or accepts none of our requests: a fault of the installation, not of the order.
 * The message is one line that tells the operator what to look at.
 */
export class FulfilmentUnavailable extends Error {
  override readonly name = 'FulfilmentUnavailable';

  /** How long the other side asks to be left alone. */
  readonly retryAfterMs: number;

  constructor(message: string, options: ErrorOptions & { retryAfterMs?: number } = {}) {
    super(message, options);
    this.retryAfterMs = options.retryAfterMs ?? 0;
  }
}
