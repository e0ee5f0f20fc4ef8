import type { Violation } from '../../packages/delivery/test/simulation/chaos-rules.js';
import type { Place } from '../../packages/delivery/test/simulation/history.js';
import type { ChaosHistory, CountedLife } from './chaos-history.js';
import { isWhole, type Counts, type LoggedCounts } from './counts.js';
import { mayBeUnanswered } from './excuses.js';

/** What the service counted, and what it must have by what is found. */
export interface Comparison {
  readonly what: string;
  readonly counted: number;
  readonly least: number;
  readonly most: number;
}

type Lives = readonly CountedLife[];

/** What is logged each time that it is counted, and never else. */
const LOGGED = [
  'processed',
  'rejected',
  'alreadyProcessed',
  'deadLettered',
  'redriven',
  'discarded',
] as const;
const OUTCOMES = ['processed', 'rejected', 'alreadyProcessed', 'deadLettered'] as const;
const REASONS = ['invalid', 'exhausted', 'conflicting'] as const;

const named = ({ partition, offset }: Place) => `${partition}@${offset}`;
const orderNamed = ({ orderId, content }: { readonly orderId: string; readonly content: string }) =>
  `${orderId} (${content})`;
const sum = <T>(items: readonly T[], amount: (item: T) => number) =>
  items.reduce((total, item) => total + amount(item), 0);

/** Where the service's counters and reality differ by more than what ended processes may have taken with them. */
export function findMiscounted(history: ChaosHistory): Violation[] {
  return compareCounts(history)
    .filter(({ counted, least, most }) => counted < least || counted > most)
    .map(({ what, counted, least, most }) => {
      const expected = least === most ? most : counted < least ? `at least ${least}` : `at most ${most}`;
      return { rule: 'counters', text: `${what}: ${counted} counted, ${expected} found` };
    });
}

/** Only with the log for a run that never drained, where processes may still count; nothing for a history of before. */
export function compareCounts(history: ChaosHistory): Comparison[] {
  const { counted: lives = [], drainedAt } = history;
  if (history.counted === undefined || drainedAt === undefined) return lives.flatMap(withItsLog);
  return [
    ...lives.flatMap(withItsLog),
    acceptedOrders(history, lives),
    ...effects(history, lives),
    completedRecords(history, lives),
    ...deadLetters(history, lives),
    ...resolved(history, lives),
    ...atTheEnd(history, lives, drainedAt),
  ];
}

export function totalOf(lives: Lives, count: keyof Counts): number {
  return sum(lives, ({ counts }) => counts[count] ?? 0);
}

/** How much at most of it ended processes counted after they were asked for the last time. */
export function uncountedOf(lives: Lives, ...counts: readonly (keyof LoggedCounts)[]): number {
  return sum(lives, ({ logged, loggedBefore }) =>
    sum(counts, (count) => (logged[count] ?? 0) - (loggedBefore[count] ?? 0)),
  );
}

/** The same of what is accepted: what was being published then, and what is in the topic since then. */
export function uncountedAccepted({ log }: Pick<ChaosHistory, 'log'>, lives: Lives): number {
  const accepted = log.filter(isAccepted);
  return sum(lives, ({ process, counts, askedAt, endedAt }) => {
    if (endedAt === undefined || !process.startsWith('api')) return 0;
    const since = accepted.filter(({ at = 0 }) => at >= askedAt && at <= endedAt).length;
    return (counts.queued ?? 0) + since;
  });
}

/** It came by the API, and for the first time. */
function isAccepted({ isForeign = false, redriveCount = 0 }: ChaosHistory['log'][number]): boolean {
  return !isForeign && redriveCount === 0;
}

function withItsLog({ process, pid, counts, loggedBefore, logged }: CountedLife): Comparison[] {
  const of = `of ${process}, process ${pid}`;
  const byReason = sum(REASONS, (reason) => counts[reason] ?? 0);
  const { deadLettered = 0, retries = 0 } = counts;
  return [
    ...LOGGED.map((count) => ({
      what: `${count}, by the log ${of}`,
      counted: counts[count] ?? 0,
      least: loggedBefore[count] ?? 0,
      most: logged[count] ?? 0,
    })),
    { what: `retries, by the log ${of}`, counted: retries, least: 0, most: logged.retries ?? 0 },
    { what: `dead-lettered, by reason ${of}`, counted: byReason, least: deadLettered, most: deadLettered },
  ];
}

function acceptedOrders(history: ChaosHistory, lives: Lives): Comparison {
  const { log, answers, imports } = history;
  const published = log.filter(isAccepted).length;
  const confirmed =
    answers.filter(({ answer }) => answer === 'success').length + sum(imports, ({ accepted }) => accepted);
  const least = Math.max(published - totalOf(lives, 'unknownOutcomes'), confirmed);
  return {
    what: 'accepted, by the topic',
    counted: totalOf(lives, 'accepted'),
    least: least - uncountedAccepted(history, lives),
    most: published,
  };
}

function effects(history: ChaosHistory, lives: Lives): Comparison[] {
  const logged = new Set(history.handled.filter(({ tookEffect }) => tookEffect).map(named));
  return [...new Set(history.effects.map(({ replica }) => replica))].sort().flatMap((replica) => {
    const own = lives.filter(({ process }) => process === replica);
    return (['processed', 'rejected'] as const).map((status) => {
      const found = history.effects.filter((each) => each.replica === replica && each.status === status);
      const unlogged = found.filter((each) => !logged.has(named(each)));
      const unsure = unlogged.filter(({ at }) => mayBeUnanswered(at, history, own)).length;
      return {
        what: `${status} by ${replica}, by the store`,
        counted: totalOf(own, status),
        least: found.length - unsure - uncountedOf(own, status),
        most: found.length,
      };
    });
  });
}

/** Each record is completed, and as often as it was handled. */
function completedRecords({ log, handled }: ChaosHistory, lives: Lives): Comparison {
  return {
    what: 'completed, by the topic',
    counted: sum(OUTCOMES, (outcome) => totalOf(lives, outcome)),
    least: log.length - uncountedOf(lives, ...OUTCOMES),
    most: sum(handled, ({ times }) => times),
  };
}

function deadLetters(history: ChaosHistory, lives: Lives): Comparison[] {
  const { letters } = history;
  const otherwise = completedOtherwise(history);
  const exhausted = new Map(
    letters.flatMap((letter) => (letter.reason === 'exhausted' ? [[named(letter), letter.attempts]] : [])),
  );
  return [
    ...REASONS.map((reason) => {
      const found = letters.filter((letter) => letter.reason === reason);
      const others = new Set(letters.filter((letter) => letter.reason !== reason).map(named));
      const places = [...new Set(found.map(named))].filter(
        (place) => !otherwise.has(place) && !others.has(place),
      );
      return {
        what: `dead-lettered as ${reason}, by the dead-letter topic`,
        counted: totalOf(lives, reason),
        least: places.length - uncountedOf(lives, 'deadLettered'),
        most: found.length,
      };
    }),
    {
      what: 'retries, by the attempts at dead letters',
      counted: totalOf(lives, 'retries'),
      least: sum([...exhausted.values()], (attempts) => attempts - 1) - uncountedOf(lives, 'retries'),
      most: sum(lives, ({ logged }) => logged.retries ?? 0),
    },
  ];
}

/** Where a dead letter may lie of which no replica learnt that it does, as its order was processed after all. */
function completedOtherwise({ log, effects }: ChaosHistory): Set<string> {
  const redriven = new Set(log.filter(({ redriveCount = 0 }) => redriveCount > 0).map(named));
  const completed = new Set(
    effects.filter((each) => each.status !== 'parked' && !redriven.has(named(each))).map(orderNamed),
  );
  return new Set(
    log.filter(({ order }) => order !== undefined && completed.has(orderNamed(order))).map(named),
  );
}

function resolved({ operations, resolutions }: ChaosHistory, lives: Lives): Comparison[] {
  return (
    [
      ['redrive', 'redriven'],
      ['discard', 'discarded'],
    ] as const
  ).map(([action, count]) => {
    const done = operations.filter((operation) => operation.action === action);
    const least = sum(done, (operation) => operation.resolved) - uncountedOf(lives, count);
    return {
      what: `${count}, by the dead-letter topic`,
      counted: totalOf(lives, count),
      least,
      most: resolutions[count],
    };
  });
}

function atTheEnd({ listed = 0 }: ChaosHistory, lives: Lives, drainedAt: number): Comparison[] {
  const running = lives.filter(({ endedAt }) => endedAt === undefined);
  const silent = running.filter((life) => life.askedAt < drainedAt || !isWhole(life));
  const exactly = (what: string, counted: number, found: number) => ({
    ...{ what, counted, least: found, most: found },
  });
  return [
    ...silent.map(({ process }) => exactly(`what ${process} says at the end`, 0, 1)),
    ...running.map(({ process, counts }) =>
      exactly(`pending in ${process} at the end`, counts.pending ?? 0, 0),
    ),
    ...running.flatMap(({ process, counts: { lag, unresolved } }) => [
      ...(lag === undefined ? [] : [exactly(`lag by ${process} at the end`, lag, 0)]),
      ...(unresolved === undefined
        ? []
        : [exactly(`unresolved dead letters by ${process} at the end`, unresolved, listed)]),
    ]),
  ];
}
