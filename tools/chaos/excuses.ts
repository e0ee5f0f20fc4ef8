import type { LoggedOrder, Place } from '../../packages/delivery/test/simulation/history.js';
import type { ChaosHistory, CountedLife } from './chaos-history.js';
import { FAILING_KINDS } from './faults/fulfilment-faults.js';
import { MAY_LOSE_RESPONSES } from './faults/index.js';

/** How long after an outage an order that met it may be dead-lettered; the brokers may be unavailable meanwhile. */
const DEAD_LETTERED_WITHIN_MS = 30_000;
/** So long lies at most between a statement's effect and its response, where nothing holds that up. */
const RESPONSE_WITHIN_MS = 3_000;

const named = ({ partition, offset }: Place) => `${partition}@${offset}`;

/** The records with what the run knows of them: which of them were fixed, and which may have been dead-lettered by an outage. */
export function withExcuses(history: ChaosHistory): LoggedOrder[] {
  const excused = deadLetteredInOutages(history);
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
      ...(excused.has(named(record)) && { mayBeGivenUp: true }),
    };
  });
}

/**
 * Orders that were dead-lettered while each that fulfilment was asked for failed: where too few different ones fail at a
 * replica, that can't be told from a fault of their own (docs/explanation/guarantees.md). A fulfilment that is unavailable excuses none.
 */
function deadLetteredInOutages({ log, letters, faults }: ChaosHistory): Set<string> {
  const outages = faults.filter(({ kind }) => FAILING_KINDS.has(kind));
  const deadLetteredAt = new Map(letters.toReversed().map((each) => [named(each), each.at]));
  const excused = log.filter((record) => {
    const { order, at: cameAt = Infinity } = record;
    const at = deadLetteredAt.get(named(record));
    if (order === undefined || at === undefined) return false;
    return outages.some(({ from, to }) => cameAt <= to && at >= from && at <= to + DEAD_LETTERED_WITHIN_MS);
  });
  return new Set(excused.map(named));
}

/**
 * Whether the replica of these lives may not have learnt that what was stored at a moment was. Then the order counts as
 * already processed, there or elsewhere.
 */
export function mayBeUnanswered(
  at: number,
  { faults }: Pick<ChaosHistory, 'faults'>,
  lives: readonly Pick<CountedLife, 'endedAt' | 'hasStopped'>[],
): boolean {
  const ends = lives.flatMap(({ endedAt: end, hasStopped = false }) =>
    end === undefined || hasStopped ? [] : [{ from: end, to: end }],
  );
  return [...ends, ...faults.filter(({ kind }) => MAY_LOSE_RESPONSES.has(kind))].some(
    ({ from, to }) => at >= from - RESPONSE_WITHIN_MS && at <= to + RESPONSE_WITHIN_MS,
  );
}
