import { InvalidOrderId } from './order-errors.js';

declare const brand: unique symbol;

/** Identity of an order and key of its message: 1–64 of `[A-Za-z0-9._:-]`, single-use. */
export type OrderId = string & { readonly [brand]: 'OrderId' };

const PATTERN = /^[A-Za-z0-9._:-]{1,64}$/;

export const OrderId = {
  /** @throws InvalidOrderId */
  of(value: string): OrderId {
    if (!PATTERN.test(value)) throw new InvalidOrderId();
    return value as OrderId;
  },
};
