import { InvalidQuantity } from './order-errors.js';

declare const brand: unique symbol;

/** How many: a whole number, 1–1,000,000. */
export type Quantity = number & { readonly [brand]: 'Quantity' };

const MAX = 1_000_000;

export const Quantity = {
  /** @throws InvalidQuantity */
  of(value: number): Quantity {
    if (!Number.isInteger(value) || value < 1 || value > MAX) throw new InvalidQuantity();
    return value as Quantity;
  },
};
