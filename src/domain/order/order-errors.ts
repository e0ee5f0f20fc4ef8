import { DomainError } from '../domain-error.js';
import type { OrderStatus } from './order-status.js';

export class InvalidOrderId extends DomainError {
  readonly code = 'ORDER.INVALID_ID';
  override readonly field = 'orderId';

  constructor() {
    super('must be 1 to 64 of the characters A-Z a-z 0-9 . _ : -');
  }
}

export class InvalidOwner extends DomainError {
  readonly code = 'ORDER.INVALID_OWNER';
  override readonly field = 'owner';

  constructor() {
    super('must be 1 to 128 visible ASCII characters');
  }
}

export class InvalidProduct extends DomainError {
  readonly code = 'ORDER.INVALID_PRODUCT';
  override readonly field = 'product';
}

export class InvalidQuantity extends DomainError {
  readonly code = 'ORDER.INVALID_QUANTITY';
  override readonly field = 'quantity';

  constructor() {
    super('must be a whole number from 1 to 1000000');
  }
}

/** The id was used before, for an order with another product or quantity. Order ids are single-use. */
export class ConflictingContent extends DomainError {
  readonly code = 'ORDER.CONFLICTING_CONTENT';
  override readonly field = 'orderId';

  constructor(readonly orderId: string) {
    super(`order '${orderId}' exists already with another product or quantity`);
  }
}

export class IllegalTransition extends DomainError {
  readonly code = 'ORDER.ILLEGAL_TRANSITION';

  constructor(from: OrderStatus, to: OrderStatus) {
    super(`an order that is ${from} can't become ${to}`);
  }
}
