/** `rejected` is a business outcome: fulfilment refused the order for good. `parked`: given up for now, by us. */
export type OrderStatus = 'placed' | 'processed' | 'rejected' | 'parked';

const TRANSITIONS: Readonly<Record<OrderStatus, readonly OrderStatus[]>> = {
  placed: ['processed', 'rejected', 'parked'],
  parked: ['processed', 'rejected'],
  processed: [],
  rejected: [],
};

export function mayBecome(from: OrderStatus, to: OrderStatus): boolean {
  return TRANSITIONS[from].includes(to);
}
