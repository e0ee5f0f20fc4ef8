import type { HandledOrder, ReplicaReport } from '../../src/application/ports/replica-reports.js';

/** A report of a replica that works and has nothing to do. */
export function aReport(given: Partial<ReplicaReport> = {}): ReplicaReport {
  return {
    replica: 'replica-1',
    startedAt: 1_000,
    at: 5_000,
    state: 'working',
    partitions: [],
    totals: { completed: 0, retried: 0, deadLettered: 0 },
    completionTimes: [],
    recent: [],
    ...given,
  };
}

/** An attempt that processed an order. */
export function aHandledOrder(given: Partial<HandledOrder> = {}): HandledOrder {
  return {
    ...{ orderId: 'order-1', partition: 3, offset: '42', attempt: 1 },
    ...{ outcome: 'processed', tookMs: 20, at: 1 },
    ...given,
  };
}

/** That have nothing to do. */
export const partitions = (...numbers: number[]) =>
  numbers.map((partition) => ({ partition, pending: 0, inFlight: 0 }));
