import type { FaultScenario } from '../../test/support/fault-scenario.js';
import {
  chooseVictim,
  freezeUntilReplaced,
  kill,
  restartEachConsumer,
  type Victim,
} from '../../test/support/faults.js';
import { LOG_LINES } from '../log-lines.js';
import type { Bench } from './bench.js';
import { longestSilence } from './figures.js';
import { none, seconds, within, type Row } from './rows.js';

const PARTITIONS = [0, 1, 2, 3, 4];
/** The defaults of SESSION_TIMEOUT_MS and REBALANCE_DRAIN_MS. */
const [SESSION_MS, DRAIN_MS] = [10_000, 4_000];

export const rollingRestart = (bench: Bench): Promise<Row[]> => restartAll(bench, false);

export const rollingRestartWithPoison = (bench: Bench): Promise<Row[]> => restartAll(bench, true);

async function restartAll(bench: Bench, isPoisoned: boolean): Promise<Row[]> {
  const { redelivered, notAccepted, orders, letters } = await bench.run({}, async (scenario) => {
    scenario.isPoisoned = isPoisoned;
    await scenario.load.more(250);
    await restartEachConsumer(scenario.service);
    await scenario.service.replaceApi();
    await scenario.load.more(250);
  });
  const load = `${orders.length} orders${isPoisoned ? ` and ${letters.length} of poison` : ''}`;
  const what = `Rolling restart (SIGTERM) of five consumers, then of the API${isPoisoned ? ', 5 % poison' : ''}`;
  return [
    none(`${what}: redelivered`, redelivered.length, load),
    none(`${what}: responses other than 202`, notAccepted, `${orders.length}`),
  ];
}

export async function killedAndBack(bench: Bench): Promise<Row[]> {
  const started = { at: 0, ms: 0 };
  const { partition: own, silences } = await killOne(
    bench,
    async ({ service }, { consumer }) => {
      started.at = Date.now();
      await service.addConsumer(consumer.name);
    },
    ({ service }) => (started.ms = service.log.lastTimeOf(LOG_LINES.listening) - started.at),
  );
  const others = silences.filter((_, partition) => partition !== own);
  const what = 'A replica killed (-9) and started again at once';
  return [
    within(`${what}: longest silence of the others’ partitions`, 1_000, Math.max(...others)),
    within(
      `${what}: longest silence of its own`,
      started.ms + 2_000,
      silences[own] ?? Infinity,
      `its start, ${seconds(started.ms)}, + 2 s`,
    ),
  ];
}

export async function killedForGood(bench: Bench): Promise<Row[]> {
  const { partition, silences } = await killOne(bench);
  const what = 'A replica killed (-9) for good: another one processes the orders of its partition';
  const limitMs = SESSION_MS + DRAIN_MS + 3_000;
  return [within(what, limitMs, silences[partition] ?? Infinity, 'session + drain + 3 s')];
}

/** Returns the victim's partition, and the longest silence of each partition from the kill on. */
async function killOne(
  bench: Bench,
  onKilled: (scenario: FaultScenario, victim: Victim) => Promise<void> = () => Promise.resolve(),
  onEnd: (scenario: FaultScenario) => void = () => undefined,
): Promise<{ readonly partition: number; readonly silences: readonly number[] }> {
  const seen = { partition: -1, from: 0, to: 0 };
  const { effects } = await bench.run({}, async (scenario) => {
    const { service, load } = scenario;
    await load.more(500);
    const victim = await chooseVictim(service);
    seen.partition = victim.partition;
    seen.from = Date.now();
    await kill(victim);
    await onKilled(scenario, victim);
    await service.settled();
    await load.more(1_000);
    seen.to = Date.now();
    onEnd(scenario);
  });
  const silences = PARTITIONS.map((partition) => longestSilence(effects, partition, seen));
  return { partition: seen.partition, silences };
}

export async function frozenReplica(bench: Bench): Promise<Row[]> {
  // orders that take longer, so that the victim has some in flight
  const options = { workMs: { min: 200, max: 1_000 } };
  const { violations, orders } = await bench.run(options, async ({ service, load }) => {
    await load.more(500);
    await freezeUntilReplaced(service, await chooseVictim(service));
    await load.more(500);
    await service.settled();
    await load.more(250);
  });
  const what =
    'A replica frozen (SIGSTOP) until others have its partition, then awake: violations of any rule';
  return [none(what, violations.length, `${orders.length} orders`)];
}
