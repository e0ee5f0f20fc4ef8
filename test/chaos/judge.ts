import { violationsOf, type Violation } from '../simulation/chaos-rules.js';
import type { Absence, ChaosHistory, FaultSpan, ReadinessSample } from './chaos-history.js';
import { FAULTS } from './faults/index.js';

/** Readiness is false so soon after a dependency went away, and true so soon after it is back. */
const NOTICED_WITHIN_MS = 5_000;
const READY_WITHIN_MS = 10_000;
/** What hung is given up so long after it began; so many at once look like an outage once more, for a moment. */
const HANGS_FOR_MS = 10_000;

/** Judges a run by the chaos rules, and by what only a run on the real thing has. */
export function judge(history: ChaosHistory): Violation[] {
  return [
    ...violationsOf(history),
    ...found('live', [...readyWithout(history), ...unreadyWith(history)]),
    ...found(
      'no phantom',
      history.misnamed.map((name) => `fulfilment was asked for ${name}`),
    ),
    ...found('drain', isGraceful(history) ? disturbances(history) : []),
  ];
}

const found = (rule: Violation['rule'], texts: readonly string[]) => texts.map((text) => ({ rule, text }));

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

function isGraceful({ options }: ChaosHistory): boolean {
  const { faults } = options;
  return (
    faults.length > 0 && faults.every((kind) => FAULTS.some((fault) => fault.kind === kind && fault.graceful))
  );
}

/** What stops and starts in good order must not bring about. */
function disturbances({ redelivered, answers }: ChaosHistory): string[] {
  const notTaken = answers.filter(({ answer }) => answer !== 'success').length;
  return [
    ...(redelivered > 0 ? [`${redelivered} came again`] : []),
    ...(notTaken > 0 ? [`${notTaken} requests were not answered with 202`] : []),
  ];
}
