import type { LoggedOrder, Place } from '../../packages/delivery/test/simulation/history.js';
import type { ChaosHistory } from './chaos-history.js';
import { FAILING_KINDS } from './faults/fulfilment-faults.js';

/** How long after an outage an order that met it may be dead-lettered; the brokers may be unavailable meanwhile. */
const GIVEN_UP_WITHIN_MS = 30_000;

const named = ({ partition, offset }: Place) => `${partition}@${offset}`;

/** The records with what the run knows of them: which of them were repaired, and which an outage may have dead-lettered. */
export function withExcuses(history: ChaosHistory): LoggedOrder[] {
  const givenUp = deadLetteredInOutages(history);
  const repairedAt = new Map<string, number>();
  for (const { orderId, redriveCount = 0, isRepaired = false } of history.operations) {
    if (orderId === undefined || !isRepaired) continue;
    repairedAt.set(orderId, Math.min(redriveCount, repairedAt.get(orderId) ?? Infinity));
  }
  return history.log.map((record) => {
    const { order, redriveCount = 0 } = record;
    const isRepaired = order !== undefined && redriveCount > (repairedAt.get(order.orderId) ?? Infinity);
    return {
      ...record,
      ...(isRepaired && { poison: false }),
      ...(givenUp.has(named(record)) && { mayBeGivenUp: true }),
    };
  });
}

/**
 * Orders that were dead-lettered while each that fulfilment was asked for failed: where too few different ones fail at a
 * replica, that can't be told from a fault of their own (docs/guarantees.md). A fulfilment that is unavailable excuses none.
 */
function deadLetteredInOutages({ log, letters, faults }: ChaosHistory): Set<string> {
  const outages = faults.filter(({ kind }) => FAILING_KINDS.has(kind));
  const letterAt = new Map(letters.toReversed().map((letter) => [named(letter), letter.at]));
  const givenUp = log.filter((record) => {
    const { order, at: cameAt = Infinity } = record;
    const at = letterAt.get(named(record));
    if (order === undefined || at === undefined) return false;
    return outages.some(({ from, to }) => cameAt <= to && at >= from && at <= to + GIVEN_UP_WITHIN_MS);
  });
  return new Set(givenUp.map(named));
}
