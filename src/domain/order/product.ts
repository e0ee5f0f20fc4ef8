import { InvalidProduct } from './order-errors.js';

declare const brand: unique symbol;

/** What is ordered: 1–200 characters (Unicode code points), trimmed, without control characters. */
export type Product = string & { readonly [brand]: 'Product' };

const MAX_CHARACTERS = 200;
const CONTROL_CHARACTER = /\p{Cc}/u;

export const Product = {
  /** Trims `value`. @throws InvalidProduct */
  of(value: string): Product {
    const trimmed = value.trim();
    if (trimmed === '') throw new InvalidProduct('must not be empty');
    if (CONTROL_CHARACTER.test(trimmed)) throw new InvalidProduct('must not contain control characters');
    if (!trimmed.isWellFormed())
      throw new InvalidProduct('must be well-formed Unicode: it has half a character');
    if (!hasAtMost(MAX_CHARACTERS, trimmed)) {
      throw new InvalidProduct(`must have at most ${MAX_CHARACTERS} characters`);
    }
    return trimmed as Product;
  },
};

/** Code points, as PostgreSQL and JSON Schema count; a code point has one or two UTF-16 units. */
function hasAtMost(limit: number, text: string): boolean {
  return text.length <= limit || (text.length <= 2 * limit && Array.from(text).length <= limit);
}
