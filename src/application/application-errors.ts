import type { OrderErrorCode } from '../domain/order/order-errors.js';

export type ApplicationErrorCode =
  'ORDER.NOT_PROCESSED' | 'ORDER.INVALID_IDEMPOTENCY_KEY' | 'MESSAGE.UNDECODABLE' | 'MESSAGE.INVALID';

/** What can reach HTTP. */
export type HttpErrorCode =
  | 'ORDER.INVALID_ID'
  | 'ORDER.INVALID_PRODUCT'
  | 'ORDER.INVALID_QUANTITY'
  | 'ORDER.INVALID_IDEMPOTENCY_KEY'
  | 'ORDER.NOT_PROCESSED';

/** Every refusal there is. Each edge answers all of them; the compiler checks it. */
export type ErrorCode = OrderErrorCode | ApplicationErrorCode;

abstract class ApplicationError extends Error {
  abstract readonly code: ApplicationErrorCode;
  declare readonly field?: string;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** No replica has processed the order: it is unknown, or was accepted and still waits. */
export class OrderNotProcessed extends ApplicationError {
  readonly code = 'ORDER.NOT_PROCESSED';
  override readonly field = 'orderId';

  constructor(orderId: string) {
    super(`no replica has processed an order '${orderId}': it was never sent, or still waits`);
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
