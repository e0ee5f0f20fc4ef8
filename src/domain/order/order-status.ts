/** `rejected`: fulfilment refused the order for good, a business outcome. `parked`: given up for now. */
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
