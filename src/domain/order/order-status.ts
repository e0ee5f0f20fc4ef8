import { IllegalTransition } from './order-errors.js';

/** `rejected` is a business outcome: fulfilment refused the order for good. */
export type OrderStatus = 'placed' | 'processed' | 'rejected';

const TRANSITIONS: Readonly<Record<OrderStatus, readonly OrderStatus[]>> = {
  placed: ['processed', 'rejected'],
  processed: [],
  rejected: [],
};

/** @throws IllegalTransition */
export function assertTransition(from: OrderStatus, to: OrderStatus): void {
  if (!TRANSITIONS[from].includes(to)) throw new IllegalTransition(from, to);
}
