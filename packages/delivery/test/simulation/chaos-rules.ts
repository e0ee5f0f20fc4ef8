import type { History, LoggedOrder, Place } from './history.js';

/** The chaos rules. `drain`: a history without crashes handles nothing twice. `counters` is of those who run the whole service. */
export type Rule =
  | 'no loss'
  | 'once'
  | 'no phantom'
  | 'poison isolated'
  | 'rejected'
  | 'offsets'
  | 'order'
  | 'live'
  | 'drain'
  | 'counters';

export interface Violation {
  readonly rule: Rule;
  readonly text: string;
}

/** Judges a history by the chaos rules; a good one has no violations. Trusts nothing but what it is given. */
export function violationsOf(history: History): Violation[] {
  const facts = factsOf(history);
  return [
    ...found('no loss', lost(history, facts)),
    ...found('once', doubled(history)),
    ...found('no phantom', phantoms(history, facts)),
    ...found('poison isolated', misplaced(facts)),
    ...found('rejected', wronglyRejected(history)),
    ...found('offsets', [...wrongCommits(history, facts), ...lags(history)]),
    ...found('order', outOfOrder(history, facts)),
    ...found('live', late(history)),
    ...found('drain', history.graceful ? handledAgain(history) : []),
  ];
}

const found = (rule: Rule, texts: readonly string[]) => texts.map((text) => ({ rule, text }));
const named = ({ partition, offset }: Place) => `${partition}@${offset}`;
const orderNamed = ({ orderId, content }: { readonly orderId: string; readonly content: string }) =>
  `${orderId} (${content})`;

/** A record with what became of it. */
interface JudgedRecord extends LoggedOrder {
  /** Its content is not that of the first record under its id. */
  readonly conflicting: boolean;
  /** Some record under its id is conflicting. */
  readonly contested: boolean;
  readonly deadLettered: boolean;
  readonly completedAt: number;
}

interface Facts {
  /** By partition, then offset. */
  readonly records: readonly JudgedRecord[];
  readonly byPlace: ReadonlyMap<string, JudgedRecord>;
}

function factsOf({ log, letters, effects }: History): Facts {
  const sorted = [...log].sort((a, b) => a.partition - b.partition || a.offset - b.offset);
  const ids = new Map<string, { readonly contents: Set<string>; readonly partitions: Set<number> }>();
  for (const { order, partition } of sorted) {
    if (order === undefined) continue;
    const known = ids.get(order.orderId) ?? { contents: new Set(), partitions: new Set() };
    ids.set(order.orderId, known);
    known.contents.add(order.content);
    known.partitions.add(partition);
  }
  const letterAt = new Map([...letters].reverse().map((letter) => [named(letter), letter.at]));
  const effectAt = new Map<string, number>();
  for (const effect of effects) {
    const name = orderNamed(effect);
    // as brokers give the time of a commit: in whole ms, rounded down
    if (effect.status !== 'parked' && !effectAt.has(name)) effectAt.set(name, Math.floor(effect.at));
  }
  const records = sorted.map((record) => {
    const { order } = record;
    const { contents = [], partitions } = ids.get(order?.orderId ?? '') ?? {};
    // where partitions were added, an id may lie in two of them: no order is promised between those
    const [first, ...others] =
      (partitions?.size ?? 0) > 1 ? withEffectFirst(contents, order?.orderId, effectAt) : contents;
    const putAt = letterAt.get(named(record));
    return {
      ...record,
      conflicting: order !== undefined && order.content !== first,
      contested: order !== undefined && others.length > 0,
      deadLettered: putAt !== undefined,
      completedAt: Math.min(putAt ?? Infinity, (order && effectAt.get(orderNamed(order))) ?? Infinity),
    };
  });
  return { records, byPlace: new Map(records.map((record) => [named(record), record])) };
}

function withEffectFirst(
  contents: Iterable<string>,
  orderId = '',
  effectAt: ReadonlyMap<string, number>,
): string[] {
  const hasEffect = (content: string) => Number(effectAt.has(orderNamed({ orderId, content })));
  return [...contents].sort((a, b) => hasEffect(b) - hasEffect(a));
}

function lost({ requests, effects }: History, { records, byPlace }: Facts): string[] {
  const accounted = new Set([
    ...effects.filter(({ status }) => status !== 'parked').map(({ orderId }) => orderId),
    ...records.filter(({ deadLettered }) => deadLettered).map(({ order }) => order?.orderId),
  ]);
  const succeeded = requests.filter(({ answer }) => answer === 'success');
  const unaccounted = [...new Set(succeeded.map(({ orderId }) => orderId))]
    .filter((orderId) => !accounted.has(orderId))
    .map(
      (orderId) => `order ${orderId} was answered with success, and is neither completed nor dead-lettered`,
    );
  const misplaced = succeeded.flatMap((request) => {
    if (request.place === undefined) return [];
    const { order } = byPlace.get(named(request.place)) ?? {};
    if (order !== undefined && orderNamed(order) === orderNamed(request)) return [];
    return [`order ${orderNamed(request)} was answered with ${named(request.place)}, and is not there`];
  });
  return [...unaccounted, ...misplaced];
}

function doubled({ effects }: History): string[] {
  const completed = new Set<string>();
  return effects.flatMap(({ orderId, status }) => {
    if (completed.has(orderId)) return [`order ${orderId} is ${status} after it was completed`];
    if (status !== 'parked') completed.add(orderId);
    return [];
  });
}

function phantoms({ requests, effects, letters }: History, { records, byPlace }: Facts): string[] {
  const asked = new Set(requests.filter(({ answer }) => answer !== 'refused').map(orderNamed));
  const logged = new Set(records.flatMap(({ order }) => (order === undefined ? [] : [orderNamed(order)])));
  const ofEffects = effects
    .map(orderNamed)
    .filter((name) => !asked.has(name) || !logged.has(name))
    .map((name) => `there is an effect of order ${name}, which nobody sent`);
  const ofLetters = letters.map(named).filter((place) => {
    const record = byPlace.get(place);
    if (record === undefined) return true;
    return record.order !== undefined && !record.poison && !asked.has(orderNamed(record.order));
  });
  return [
    ...ofEffects,
    ...ofLetters.map((place) => `${place} is dead-lettered, where nobody published`),
    ...inTheLogTooOften(requests, records),
  ];
}

function inTheLogTooOften(requests: History['requests'], records: Facts['records']): string[] {
  const left = new Map<string, number>();
  for (const request of requests) {
    const name = orderNamed(request);
    if (request.answer !== 'refused') left.set(name, (left.get(name) ?? 0) + 1);
  }
  return records.flatMap(({ order, ...place }) => {
    if (order === undefined) return [];
    const name = orderNamed(order);
    const more = (left.get(name) ?? 0) - 1;
    left.set(name, more);
    return more < 0 ? [`order ${name} is in the log at ${named(place)}, more often than it was sent`] : [];
  });
}

/** Records of contested ids are for the rule of the order to judge. */
function misplaced({ records }: Facts): string[] {
  return records.flatMap((record) => {
    const { poison, mayBeGivenUp = poison, deadLettered, contested } = record;
    if (poison && !deadLettered) return [`the poison at ${named(record)} is not dead-lettered`];
    const misplaced = deadLettered && !mayBeGivenUp && !contested;
    return misplaced ? [`the healthy order at ${named(record)} is dead-lettered`] : [];
  });
}

/** Rejected is exactly what fulfilment rejects for good, and nothing that failed for another reason. */
function wronglyRejected({ log, effects }: History): string[] {
  const refusals = new Map(
    log.flatMap(({ order, refused }) => (order === undefined ? [] : [[orderNamed(order), refused] as const])),
  );
  return effects.flatMap((effect) => {
    const isRefused = refusals.get(orderNamed(effect));
    const name = orderNamed(effect);
    if (effect.status === 'rejected' && isRefused === false) {
      return [`order ${name} is rejected, which fulfilment did not reject`];
    }
    return effect.status === 'processed' && isRefused === true
      ? [`order ${name} is processed, which fulfilment rejected`]
      : [];
  });
}

function outOfOrder({ effects }: History, { records }: Facts): string[] {
  const conflicting = new Set(
    records.flatMap((record) =>
      record.conflicting && record.order !== undefined ? [orderNamed(record.order)] : [],
    ),
  );
  const ofEffects = effects
    .filter((effect) => conflicting.has(orderNamed(effect)))
    .map((effect) => `order ${orderNamed(effect)} is ${effect.status}, not the first under its id`);
  const ofRecords = records
    .filter(({ contested, deadLettered, conflicting }) => contested && deadLettered !== conflicting)
    .filter(({ poison, mayBeGivenUp = poison, conflicting }) => conflicting || !mayBeGivenUp)
    .map((record) =>
      record.deadLettered
        ? `the order at ${named(record)} is dead-lettered, the first under its id`
        : `the order at ${named(record)} conflicts with the first under its id, and is not dead-lettered`,
    );
  return [...ofEffects, ...ofRecords];
}

function wrongCommits({ commits }: History, { records }: Facts): string[] {
  const texts: string[] = [];
  const highest = new Map<number, number>();
  const ahead = new Map<number, JudgedRecord[]>();
  for (const record of records.toReversed()) {
    const others = ahead.get(record.partition);
    if (others === undefined) ahead.set(record.partition, [record]);
    else others.push(record);
  }
  for (const { at, partition, position } of commits) {
    if (position === undefined) {
      highest.delete(partition);
      continue;
    }
    const before = highest.get(partition) ?? position;
    if (position < before) texts.push(`partition ${partition} went back from ${before} to ${position}`);
    highest.set(partition, Math.max(before, position));
    const pending = ahead.get(partition) ?? [];
    for (let next = pending.at(-1); next !== undefined && next.offset < position; next = pending.at(-1)) {
      if (next.completedAt > at) texts.push(`${position} was committed before ${named(next)} was completed`);
      pending.pop();
    }
  }
  return texts;
}

function lags({ final }: History): string[] {
  return final
    .filter(({ committed, end }) => committed !== end)
    .map(({ partition, committed, end }) => `partition ${partition} has a lag of ${end - committed}`);
}

function late({ lastFaultAt, drainedAt, drainWithinMs }: History): string[] {
  if (drainedAt === undefined) return ['it never drained'];
  const took = drainedAt - lastFaultAt;
  return took > drainWithinMs ? [`it drained in ${took} ms, allowed are ${drainWithinMs}`] : [];
}

function handledAgain({ handled }: History): string[] {
  return handled
    .filter(({ times }) => times > 1)
    .map((place) => `${named(place)} was handled ${place.times} times`);
}
