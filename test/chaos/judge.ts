import { violationsOf, type Violation } from '../simulation/chaos-rules.js';
import type { Absence, ChaosHistory, FaultSpan, ReadinessSample } from './chaos-history.js';

/** Readiness is false so soon after a dependency went away, and true so soon after it is back. */
const NOTICED_WITHIN_MS = 5_000;
const READY_WITHIN_MS = 10_000;
/** Of time in which nothing is away: no fault lasts for half as long, nor do some in a row with what follows them. */
const STANDS_STILL_MS = 60_000;
/** What hung is given up so long after it began; so many at once look like an outage once more, for a moment. */
const HANGS_FOR_MS = 10_000;

/** Judges a run by the chaos rules, and by what only a run on the real thing has. */
export function judge(history: ChaosHistory): Violation[] {
  return [
    ...violationsOf(history),
    ...found('live', [...stoodStill(history), ...readyWithout(history), ...unreadyWith(history)]),
    ...found(
      'no phantom',
      history.misnamed.map((name) => `fulfilment was asked for ${name}`),
    ),
    ...found('drain', history.graceful ? notTaken(history) : []),
  ];
}

const found = (rule: Violation['rule'], texts: readonly string[]) => texts.map((text) => ({ rule, text }));

/** Where records waited and none was done, though faults come and go. */
function stoodStill({ log, effects, letters, absences, startedAt }: ChaosHistory): string[] {
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
        if (waitedMs - awayFor(absences, waitedSince, at) <= STANDS_STILL_MS) return [];
        return [
          `partition ${each} stood still for ${inSeconds(at - from)} s, from ${inSeconds(from - startedAt)} s on`,
        ];
      });
  });
}

/** How long between two moments a dependency was away. */
function awayFor(absences: readonly Absence[], from: number, to: number): number {
  let awayMs = 0;
  let at = from;
  for (const absence of absences.toSorted((a, b) => a.from - b.from)) {
    const left = Math.max(at, absence.from);
    at = Math.max(left, Math.min(absence.backAt, to));
    awayMs += at - left;
  }
  return awayMs;
}

const inSeconds = (ms: number) => Math.round(ms / 1_000);

/** An API needs the broker, a consumer both. */
const needs = (role: ReadinessSample['role'], { dependency }: Absence) =>
  dependency === 'broker' || role === 'consumer';

/** Who says that it is ready though a dependency has been away for a while. */
function readyWithout({ absences, readiness }: ChaosHistory): string[] {
  return absences.flatMap((absence) =>
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

/** Orderly stops and starts cost no client anything. */
function notTaken({ answers }: ChaosHistory): string[] {
  const refused = answers.filter(({ answer }) => answer !== 'success').length;
  return refused > 0 ? [`${refused} requests were not answered with 202`] : [];
}
