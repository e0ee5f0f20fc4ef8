import type {
  ConflictingContent,
  IllegalTransition,
  InvalidOrderId,
  InvalidOwner,
  InvalidProduct,
  InvalidQuantity,
} from '../domain/order/order-errors.js';
import type { OrderPlace } from './ports/pending-orders.js';

/** What HTTP can meet: sending and finding an order. What an order conflicts with only its replica learns. */
export type HttpErrorCode = (
  InvalidOrderId | InvalidOwner | InvalidProduct | InvalidQuantity | InvalidIdempotencyKey | OrderNotProcessed
)['code'];

/** What a message can meet: decoding it, where a broken rule of the order is {@link InvalidMessage}, and processing its order. */
export type MessageErrorCode = (UndecodableMessage | InvalidMessage | ConflictingContent)['code'];

/** Every code there is. That of `IllegalTransition` reaches no edge, save by a bug. */
export type ErrorCode = HttpErrorCode | MessageErrorCode | IllegalTransition['code'];

abstract class ApplicationError extends Error {
  abstract readonly code: string;
  declare readonly field?: string;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** No replica has processed the order, and none is pending where it was looked for; without a place it may still wait. */
export class OrderNotProcessed extends ApplicationError {
  readonly code = 'ORDER.NOT_PROCESSED';
  override readonly field = 'orderId';

  constructor(
    readonly orderId: string,
    place?: OrderPlace,
  ) {
    const there = place && `, and none is pending at partition ${place.partition}, offset ${place.offset}`;
    super(`no replica has processed an order '${orderId}'${there ?? ': it was never sent, or still waits'}`);
  }
}

export class InvalidIdempotencyKey extends ApplicationError {
  readonly code = 'ORDER.INVALID_IDEMPOTENCY_KEY';
  override readonly field = 'Idempotency-Key';

  constructor() {
    super('must have 1 to 255 characters');
  }
}

/** The bytes aren't a message of a type and version that this service reads. */
export class UndecodableMessage extends ApplicationError {
  readonly code = 'MESSAGE.UNDECODABLE';
}

/** The message can be read, but what it says breaks a rule of the order. `cause` says which. */
export class InvalidMessage extends ApplicationError {
  readonly code = 'MESSAGE.INVALID';
}

export type Refusal = Error & { readonly code: ErrorCode; readonly field?: string };
