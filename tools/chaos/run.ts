import { setTimeout as delay } from 'node:timers/promises';
import { kafkaVersion } from '../dev-servers/kafka-version.js';
import type { Place } from '../../packages/delivery/test/simulation/history.js';
import { Random } from '../../packages/delivery/test/simulation/random.js';
import { waitFor } from '../../packages/delivery/src/contract/wait-for.js';
import type { Inspection } from '../../test/support/state-inspector.js';
import type { ChaosHistory } from './chaos-history.js';
import { ChaosLoad } from './chaos-load.js';
import { Counters } from './counters.js';
import { UNAVAILABLE_KINDS } from './faults/fulfilment-faults.js';
import { FAULTS } from './faults/index.js';
import { withIds } from './import-client.js';
import { Observer } from './observer.js';
import { Operator } from './operator.js';
import type { ChaosOptions } from './options.js';
import { QUIET_RATE, quietOutages } from './quiet.js';
import { Stage } from './stage.js';
import { injectAll } from './tracks.js';

/** How long the last faults may take to be undone. */
const UNDONE_WITHIN_MS = 60_000;
/** With a calm load: long enough for the service to recover, and for that to show. */
const CALM_MS = 15_000;
/** Requests a second of a calm load. */
const CALM_RATE = 10;
const DRAIN_WITHIN_MS = 60_000;

/** How far a run is. */
export interface Progress {
  readonly phase: 'starting' | 'faults' | 'calm' | 'quiet' | 'drain';
  readonly elapsedMs: number;
  readonly asked: number;
  readonly accepted: number;
  readonly faults: readonly string[];
}

/** Runs it and returns its history, whatever became of it. `signal` ends the faults early. */
export async function run(
  options: ChaosOptions,
  signal: AbortSignal,
  onProgress: (progress: Progress) => void,
): Promise<ChaosHistory> {
  const random = new Random(options.seed);
  const ended = new AbortController();
  const end = (): void => ended.abort();
  signal.addEventListener('abort', end);
  const state = { phase: 'starting' as Progress['phase'], faults: [] as readonly string[] };
  const stage = await Stage.start(options, ended.signal);
  const load = new ChaosLoad(options.rate, random.fork(), stage.service, stage.rogueProducer);
  const observer = new Observer(stage);
  const counters = new Counters(stage.service, stage.logged);
  const operator = new Operator(random.fork(), stage.service, stage.fulfilment);
  if (options.quiet) load.calm(options.rate);
  const startedAt = Date.now();
  const report = setInterval(() => {
    const { accepted, requests } = load;
    onProgress({ ...state, elapsedMs: Date.now() - startedAt, asked: requests.length, accepted });
  }, 1_000);
  const faultsOver = setTimeout(end, options.minutes * 60_000);
  try {
    state.phase = 'faults';
    const injecting = injectAll(stage, faultsOf(options), random.fork(), (kinds) => (state.faults = kinds));
    await new Promise<void>((resolve) => {
      if (ended.signal.aborted) resolve();
      ended.signal.addEventListener('abort', () => resolve());
    });
    load.calm(CALM_RATE);
    const inTracks = await Promise.race([
      injecting,
      failAfter(UNDONE_WITHIN_MS, 'the faults were not undone'),
    ]);
    const faultsEndedAt = Date.now();
    state.phase = 'calm';
    await operator.stop();
    await noMoreDeadLetters(stage);
    const faults = [...inTracks, ...(await quietPhase(signal))];
    await delay(CALM_MS);
    observer.stop();
    state.phase = 'drain';
    const requests = [...(await load.stop()), ...operator.requests];
    const inspection = await stage.inspector.inspect(requests, DRAIN_WITHIN_MS);
    const drainedAt = inspection.drainedAt && whenDrained(inspection, faultsEndedAt);
    const listed = await operator.count().catch(() => undefined);
    const counted = await counters.end();
    const { done, misnamed } = stage.fulfilment;
    return {
      ...inspection,
      requests: withIds(inspection.requests, inspection.log),
      lastFaultAt: faultsEndedAt,
      ...(drainedAt !== undefined && { drainedAt }),
      options,
      versions: `Kafka ${kafkaVersion()}, Node ${process.versions.node}`,
      startedAt,
      faultsEndedAt,
      faults,
      outages: stage.outages,
      answers: load.answers,
      imports: load.importClient.imports,
      operations: operator.operations,
      ...(listed !== undefined && { listed }),
      counted,
      readiness: observer.readiness,
      usage: observer.usage,
      handled: [...stage.handled].map(([place, times]) => ({
        ...placeNamed(place),
        ...{ times, tookEffect: stage.tookEffect.has(place) },
      })),
      graceful: isGraceful(options),
      fulfilledAgain: [...done.values()].reduce((sum, times) => sum + times - 1, 0),
      misnamed,
      errors: Object.fromEntries(stage.errors),
      events: stage.events,
    };
  } finally {
    clearTimeout(faultsOver);
    clearInterval(report);
    observer.stop();
    counters.stop();
    await operator.stop();
    signal.removeEventListener('abort', end);
    await load.stop();
    await stage.stop();
  }

  /** Of a run of all faults. */
  async function quietPhase(interrupted: AbortSignal) {
    if (options.quiet || options.faults.length > 0) return [];
    state.phase = 'quiet';
    load.calm(QUIET_RATE);
    const show = (kinds: readonly string[]): void => void (state.faults = kinds);
    return quietOutages(stage.fulfilment, random.fork(), interrupted, show);
  }
}

export function faultsOf({ faults, brokers, quiet }: ChaosOptions) {
  const isAmong = (kind: string): boolean =>
    faults.length > 0 ? faults.includes(kind) : !quiet || UNAVAILABLE_KINDS.has(kind);
  return FAULTS.filter(({ kind, brokers: needed = 1 }) => needed <= brokers && isAmong(kind));
}

/** Nothing but orderly stops and starts. */
function isGraceful(options: ChaosOptions): boolean {
  return options.faults.length > 0 && faultsOf(options).every(({ graceful }) => graceful === true);
}

function placeNamed(name: string): Place {
  const [partition, offset] = name.split('@').map(Number);
  return { partition: partition ?? NaN, offset: offset ?? NaN };
}

/** When all that was in the topic at a moment was committed. */
function whenDrained({ log, commits }: Inspection, moment: number): number | undefined {
  const ends = new Map<number, number>();
  for (const { partition, offset, at = 0 } of log) {
    if (at <= moment) ends.set(partition, Math.max(offset + 1, ends.get(partition) ?? 0));
  }
  let last = moment;
  for (const [partition, end] of ends) {
    const commit = commits.find((each) => each.partition === partition && (each.position ?? 0) >= end);
    if (commit === undefined) return undefined;
    last = Math.max(last, commit.at);
  }
  return last;
}

/** Poison alone would look like an outage: as long as it is retried, other orders must be sent. */
async function noMoreDeadLetters({ inspector }: Stage): Promise<void> {
  let before = -1;
  await waitFor(
    'no more dead letters',
    async () => {
      const now = await inspector.countDeadLetters();
      const isUnchanged = now === before;
      before = now;
      return isUnchanged;
    },
    { deadlineMs: 60_000, intervalMs: 8_000 },
  );
}

async function failAfter(ms: number, what: string): Promise<never> {
  await delay(ms, undefined, { ref: false });
  throw new Error(`${what} within ${ms} ms`);
}
