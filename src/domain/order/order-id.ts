import { InvalidOrderId, InvalidOwner } from './order-errors.js';

declare const brand: unique symbol;

/**
 * Identity of an order and key of its message, single-use: 1–64 of `[A-Za-z0-9._:-]`. Of an order with an owner, the client that
 * sent it, the owner's name and a slash come first: so the ids of one owner are nobody else's.
 */
export type OrderId = string & { readonly [brand]: 'OrderId' };

/** An id as its owner knows it. */
export interface OwnedId {
  readonly orderId: string;
  /** 1–128 visible ASCII characters. */
  readonly owner?: string;
}

const PATTERN = /^[A-Za-z0-9._:-]{1,64}$/;
const OWNER = /^[\x21-\x7e]{1,128}$/;

export const OrderId = {
  /** @throws InvalidOrderId, InvalidOwner */
  of(orderId: string, owner?: string): OrderId {
    if (!PATTERN.test(orderId)) throw new InvalidOrderId();
    if (owner === undefined) return orderId as OrderId;
    if (!OWNER.test(owner)) throw new InvalidOwner();
    return `${owner}/${orderId}` as OrderId;
  },

  /** What it was made of. */
  parts(id: string): OwnedId {
    const slash = id.lastIndexOf('/');
    return slash < 0 ? { orderId: id } : { orderId: id.slice(slash + 1), owner: id.slice(0, slash) };
  },
};
