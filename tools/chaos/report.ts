import type { Violation } from '../../packages/delivery/test/simulation/chaos-rules.js';
import type { ChaosHistory, FaultSpan, Usage } from './chaos-history.js';
import { totalOf, uncountedAccepted, uncountedOf } from './counted.js';
import { QUIET_TRACK } from './quiet.js';
import { fitTrend } from './trend.js';

/** What a fault meant for those who wait for their orders, in ms. */
export interface Impact {
  readonly kind: string;
  readonly times: number;
  readonly longestSilenceMs: number;
  /** From the end of the fault to when every partition that got orders afterwards has processed one. */
  readonly longestRecoveryMs: number;
  readonly failures: readonly string[];
}

const AFTERMATH_MS = 15_000;

/** By kind, in alphabetical order. As tracks run concurrently, one fault's silence may be caused by another. */
export function impacts(history: ChaosHistory): Impact[] {
  const kinds = [...new Set(history.faults.map(({ kind }) => kind))].sort();
  const times = timesOfEffects(history);
  return kinds.map((kind) => {
    const spans = history.faults.filter((fault) => fault.kind === kind);
    const injected = spans.filter(({ failure }) => failure === undefined);
    // a quiet load leaves partitions silent by itself
    const measured = injected.filter(({ track }) => track !== QUIET_TRACK);
    return {
      kind,
      times: injected.length,
      longestSilenceMs: Math.max(0, ...measured.map((span) => longestSilence(times, span))),
      longestRecoveryMs: Math.max(0, ...measured.map((span) => recovery(times, span))),
      failures: spans.flatMap(({ failure }) => (failure === undefined ? [] : [failure])),
    };
  });
}

/** The run in a table of Markdown, and the violations below it. */
export function formatReport(history: ChaosHistory, violations: readonly Violation[]): string {
  const { options, answers, effects, letters, usage, faultsEndedAt, drainedAt, startedAt } = history;
  const answered = (answer: string) => answers.filter((each) => each.answer === answer).length;
  const withStatus = (status: string) => effects.filter((each) => each.status === status).length;
  const broken = (rule: string) => violations.filter((each) => each.rule === rule).length;
  const resolvedBy = (action: string) =>
    history.operations.reduce((sum, each) => sum + (each.action === action ? each.resolved : 0), 0);
  const minutes = ((faultsEndedAt - startedAt) / 60_000).toFixed(1);
  const rows: [string, string | number][] = [
    ['requests over HTTP', answers.length],
    ['accepted', answered('success')],
    ['refused', answered('refused')],
    ['unknown', answered('unknown')],
    ['imports, lines accepted', importsOf(history)],
    ['records in the topic', history.log.length],
    ['processed', withStatus('processed')],
    ['rejected', withStatus('rejected')],
    ['dead letters', new Set(letters.map(({ partition, offset }) => `${partition}@${offset}`)).size],
    ['dead letters redriven, discarded', `${resolvedBy('redrive')}, ${resolvedBy('discard')}`],
    ['redelivered', history.handled.reduce((sum, { times }) => sum + times - 1, 0)],
    ['fulfilment called again', history.fulfilledAgain],
    ...countedBy(history),
    ['lost', broken('no loss')],
    ['doubled', broken('once')],
    ['other violations', violations.length - broken('no loss') - broken('once')],
    ['commits, each of them judged', history.commits.length],
    [
      'time to drain, after the last fault',
      drainedAt === undefined ? 'never' : seconds(drainedAt - faultsEndedAt),
    ],
    ['peak memory of the API', megabytes(usage, 'api')],
    ['peak memory of a consumer', megabytes(usage, 'consumer')],
    ['memory of the API, each minute', change(usage, 'api', rssMegabytes, 'MB')],
    ['memory of a consumer, each minute', change(usage, 'consumer', rssMegabytes, 'MB')],
    ['handles and sockets of the API at the end', atTheEnd(usage, 'api')],
    ['handles and sockets of a consumer at the end', atTheEnd(usage, 'consumer')],
    ['handles of the API, each minute', change(usage, 'api', ({ handles }) => handles)],
    ['handles of a consumer, each minute', change(usage, 'consumer', ({ handles }) => handles)],
  ];
  const title = `Seed ${options.seed}, ${minutes} minutes, ${options.brokers} broker(s), ${options.partitions} partitions, ${options.rate} requests/s, ${history.versions}`;
  const lines = [
    title + (options.mutant === undefined ? '' : `, mutant ${options.mutant}`),
    '',
    '| What | |',
    '| --- | --- |',
    ...rows.map(([what, value]) => `| ${what} | ${value} |`),
    '',
    '| Fault | times | longest silence of a partition | longest time to recover |',
    '| --- | --- | --- | --- |',
    ...impacts(history).map(
      ({ kind, times, longestSilenceMs, longestRecoveryMs }) =>
        `| ${kind} | ${times} | ${seconds(longestSilenceMs)} | ${seconds(longestRecoveryMs)} |`,
    ),
  ];
  const failures = impacts(history).flatMap(({ kind, failures: why }) =>
    why.map((each) => `${kind}: ${each}`),
  );
  if (failures.length > 0)
    lines.push('', 'Faults that could not be injected:', ...failures.map((each) => `- ${each}`));
  const errors = Object.entries(history.errors);
  if (errors.length > 0)
    lines.push('', 'Errors in the logs:', ...errors.map(([text, times]) => `- ${times} × ${text}`));
  if (violations.length > 0) lines.push('', 'Violations:');
  for (const { rule, text } of violations.slice(0, 30)) lines.push(`- ${rule}: ${text}`);
  if (violations.length > 30) lines.push(`- … and ${violations.length - 30} more`);
  return lines.join('\n');
}

function importsOf({ imports }: ChaosHistory): string {
  const sum = (amount: (each: ChaosHistory['imports'][number]) => number) =>
    imports.reduce((total, each) => total + amount(each), 0);
  const [lines, accepted, resumes] = [
    sum((each) => each.lines),
    sum((each) => each.accepted),
    sum((each) => each.resumes),
  ];
  return `${imports.length}, ${accepted} of ${lines}, resumed ${resumes} times`;
}

/** What the service's own metrics say. */
function countedBy(history: ChaosHistory): [string, string][] {
  const { counted: lives } = history;
  if (lives === undefined) return [];
  const outcomes = ['processed', 'rejected', 'alreadyProcessed', 'deadLettered'] as const;
  const completed = outcomes.map((outcome) => totalOf(lives, outcome)).join(', ');
  const more = (count: number) => `by ended processes at most ${count} more`;
  return [
    ['counted as accepted', `${totalOf(lives, 'accepted')}; ${more(uncountedAccepted(history, lives))}`],
    [
      'counted as processed, rejected, processed already, dead-lettered',
      `${completed}; ${more(uncountedOf(lives, ...outcomes))}`,
    ],
  ];
}

type Times = ReadonlyMap<number, readonly number[]>;

/** By partition, ascending. */
function timesOfEffects({ effects }: ChaosHistory): Times {
  const times = new Map<number, number[]>();
  for (const { partition, at } of effects) {
    const known = times.get(partition);
    if (known === undefined) times.set(partition, [at]);
    else known.push(at);
  }
  return times;
}

function longestSilence(times: Times, { from, to }: FaultSpan): number {
  const silences = [...times.values()].map((all) => {
    const within = all.filter((at) => at >= from && at <= to + AFTERMATH_MS);
    return Math.max(0, ...within.map((at, index) => at - (within[index - 1] ?? from)));
  });
  return Math.max(0, ...silences);
}

function recovery(times: Times, { to }: FaultSpan): number {
  const firsts = [...times.values()].flatMap((all) => all.find((at) => at >= to) ?? []);
  return Math.max(0, ...firsts.map((at) => at - to));
}

function megabytes(usage: readonly Usage[], role: string): string {
  const peak = Math.max(
    0,
    ...usage.filter(({ process }) => process.startsWith(role)).map((each) => each.peakRssBytes),
  );
  return `${Math.round(peak / 1024 / 1024)} MB`;
}

function rssMegabytes({ rssBytes }: Usage): number {
  return rssBytes / 1024 / 1024;
}

/** The trend, and the scatter that it has to be seen against. */
function change(
  usage: readonly Usage[],
  role: string,
  amount: (sample: Usage) => number,
  unit?: string,
): string {
  const trend = fitTrend(usage, role, amount);
  if (trend === undefined) return 'none ran for long enough';
  const withUnit = (value: number) => [value.toFixed(2), ...(unit === undefined ? [] : [unit])].join(' ');
  return `${trend.perMinute < 0 ? '' : '+'}${withUnit(trend.perMinute)} (scatter ${withUnit(trend.scatter)})`;
}

function atTheEnd(usage: readonly Usage[], role: string): string {
  const last = usage.filter(({ process }) => process.startsWith(role)).at(-1);
  return last === undefined ? 'unknown' : `${last.handles} and ${last.sockets}`;
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
