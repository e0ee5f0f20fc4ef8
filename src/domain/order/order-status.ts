/** `rejected` is a business outcome: fulfilment refused the order for good. */
export type OrderStatus = 'placed' | 'processed' | 'rejected';

const TRANSITIONS: Readonly<Record<OrderStatus, readonly OrderStatus[]>> = {
  placed: ['processed', 'rejected'],
  processed: [],
  rejected: [],
};

export function mayBecome(from: OrderStatus, to: OrderStatus): boolean {
  return TRANSITIONS[from].includes(to);
}
