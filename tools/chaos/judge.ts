import { violationsOf, type Violation } from '../../packages/delivery/test/simulation/chaos-rules.js';
import type { Outage, ChaosHistory, FaultSpan, ReadinessSample, Span } from './chaos-history.js';
import { findMiscounted } from './counted.js';
import { withExcuses } from './excuses.js';
import { UNAVAILABLE_KINDS } from './faults/fulfilment-faults.js';
import { QUIET_TRACK } from './quiet.js';
import { findWronglyResolved } from './resolved.js';

/** Readiness is false so soon after a dependency became unavailable, and true so soon after it is back. */
const NOTICED_WITHIN_MS = 5_000;
const READY_WITHIN_MS = 10_000;
/** An order that met an unavailable fulfilment is processed so soon after that is back, where nothing else goes wrong. */
const PROCESSED_WITHIN_MS = 10_000;
/** Of time without an outage: no fault lasts for half as long, nor do some in a row with their aftermath. */
const STANDS_STILL_MS = 60_000;
/** A call that hangs times out so long after it began; so many at once look like an outage once more, for a moment. */
const HANGS_FOR_MS = 10_000;

/** Judges a run by the chaos rules, and by what only a run on the real thing has. */
export function judge(history: ChaosHistory): Violation[] {
  return [
    ...violationsOf({ ...history, log: withExcuses(history) }),
    ...findWronglyResolved(history),
    ...findMiscounted(history),
    ...found('live', [
      ...stoodStill(history),
      ...readyWithout(history),
      ...unreadyWith(history),
      ...processedLate(history),
    ]),
    ...found(
      'no phantom',
      history.misnamed.map((name) => `fulfilment was asked for ${name}`),
    ),
    ...found('drain', history.graceful ? notTaken(history) : []),
  ];
}

const found = (rule: Violation['rule'], texts: readonly string[]) => texts.map((text) => ({ rule, text }));

/** Where records waited and none was done, though faults come and go. */
function stoodStill({ log, effects, letters, outages, startedAt }: ChaosHistory): string[] {
  const done = [...effects, ...letters];
  return [...new Set(log.map(({ partition }) => partition))].sort().flatMap((each) => {
    const here = ({ partition }: { readonly partition: number }) => partition === each;
    const cameAt = log.filter(here).map(({ at = Infinity }) => at);
    const doneAt = done.filter(here).map(({ at }) => at);
    return doneAt
      .sort((a, b) => a - b)
      .flatMap((at, index) => {
        const from = doneAt[index - 1] ?? startedAt;
        const waitedSince = Math.min(...cameAt.filter((came) => came > from));
        const waitedMs = at - waitedSince;
        if (waitedMs <= STANDS_STILL_MS) return [];
        if (waitedMs - within(outages.map(untilBack), waitedSince, at) <= STANDS_STILL_MS) return [];
        return [
          `partition ${each} stood still for ${inSeconds(at - from)} s, from ${inSeconds(from - startedAt)} s on`,
        ];
      });
  });
}

const untilBack = ({ from, backAt }: Outage): Span => ({ from, to: backAt });

/** How much of the time between two moments is within one of the spans. */
function within(spans: readonly Span[], from: number, to: number): number {
  let withinMs = 0;
  let at = from;
  for (const span of spans.toSorted((a, b) => a.from - b.from)) {
    const left = Math.max(at, span.from);
    at = Math.max(left, Math.min(span.to, to));
    withinMs += at - left;
  }
  return withinMs;
}

const inSeconds = (ms: number) => Math.round(ms / 1_000);

/** An API needs the broker, a consumer both. */
const needs = (role: ReadinessSample['role'], { dependency }: Outage) =>
  dependency === 'broker' || role === 'consumer';

/** Who says that it is ready though a dependency has been away for a while. */
function readyWithout({ outages, readiness }: ChaosHistory): string[] {
  return outages.flatMap((absence) =>
    readiness
      .filter(
        ({ askedAt, at, role }) =>
          needs(role, absence) && askedAt > absence.from + NOTICED_WITHIN_MS && at < absence.to,
      )
      .filter(({ ready }) => ready === true)
      .slice(0, 1)
      .map(({ process }) => `${process} was ready while the ${absence.dependency} was away`),
  );
}

/** Who is not ready when nothing has gone wrong for a while. */
function unreadyWith({ faults, readiness, faultsEndedAt }: ChaosHistory): string[] {
  const wellAt = Math.max(faultsEndedAt, ...faults.map(overAt)) + READY_WITHIN_MS;
  const unready = readiness.filter(({ askedAt, ready }) => askedAt > wellAt && ready !== true);
  const reasons = new Map(unready.map(({ process, why = 'no answer' }) => [process, why]));
  return [...reasons].map(
    ([process, why]) =>
      `${process} was not ready, ${READY_WITHIN_MS / 1_000} s after the last fault (${why})`,
  );
}

function overAt({ kind, to }: FaultSpan): number {
  return kind === 'fulfilment-hangs' ? to + HANGS_FOR_MS : to;
}

/** Which orders waited for a fulfilment that was available again, when nothing else went wrong. */
function processedLate({ options, faults, log, effects }: ChaosHistory): string[] {
  const outages = faults.filter(
    ({ kind, track, failure }) =>
      failure === undefined && UNAVAILABLE_KINDS.has(kind) && (options.quiet || track === QUIET_TRACK),
  );
  const processedAt = new Map(
    effects
      .toReversed()
      .flatMap(({ orderId, status, at }) => (status === 'processed' ? [[orderId, at]] : [])),
  );
  return log.flatMap(({ order, at: cameAt = Infinity, partition, offset }) => {
    const outage = outages.find(({ from, to }) => cameAt >= from && cameAt <= to);
    const at = processedAt.get(order?.orderId ?? '');
    if (outage === undefined || at === undefined || at <= outage.to) return [];
    const waitedMs = at - outage.to - within(outages, outage.to, at);
    if (waitedMs <= PROCESSED_WITHIN_MS) return [];
    return [
      `the order at ${partition}@${offset} was processed ${inSeconds(waitedMs)} s after ${outage.kind}`,
    ];
  });
}

/** Orderly stops and starts cost no client anything. */
function notTaken({ answers }: ChaosHistory): string[] {
  const refused = answers.filter(({ answer }) => answer !== 'success').length;
  return refused > 0 ? [`${refused} requests were not answered with 202`] : [];
}
