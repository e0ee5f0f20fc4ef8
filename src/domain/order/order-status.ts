/** `rejected`: fulfilment refused the order, for good: a business outcome. `parked`: dead-lettered, may still be processed. */
export type OrderStatus = keyof typeof TRANSITIONS;

const TRANSITIONS = {
  placed: ['processed', 'rejected', 'parked'],
  parked: ['processed', 'rejected'],
  processed: [],
  rejected: [],
} as const;

export const ORDER_STATUSES = Object.keys(TRANSITIONS) as readonly OrderStatus[];

export function mayBecome(from: OrderStatus, to: OrderStatus): boolean {
  return (TRANSITIONS[from] as readonly OrderStatus[]).includes(to);
}

/** Nothing follows it. */
export function isFinal(status: OrderStatus): boolean {
  return TRANSITIONS[status].length === 0;
}
