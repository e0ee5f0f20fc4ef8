import { setTimeout as sleep } from 'node:timers/promises';
import { waitFor } from '../../packages/delivery/src/contract/wait-for.js';
import { saturate } from './load.js';
import {
  alternatives,
  costOf,
  COSTS,
  DRAINED_WITHIN_MS,
  eachSystem,
  warmUp,
  type Bench,
  type Scenario,
} from './measure.js';
import type { Column, Measured } from './results.js';
import type { RunningSystem } from './running-system.js';
import {
  ALTERNATIVES,
  BARE,
  BARE_PUBLISHER,
  EXPRESS,
  SERVICE,
  SERVICE_ON_NODE_24,
  SERVICE_ON_POSTGRES,
  type System,
} from './systems.js';

/** On the machine's Node, and on that of the image. */
const ownOf = ({ quick }: Bench): readonly System[] => (quick ? [SERVICE] : [SERVICE, SERVICE_ON_NODE_24]);

/** Accepted, before it was warm. */
const COLD: Column = { key: 'coldPerSecond', title: 'cold, accepted/s' };

/** Nobody consumes meanwhile. */
export const ingest: Scenario = async (bench) => {
  const seconds = bench.quick ? 3 : 8;
  const ceilings = bench.quick ? [BARE] : [BARE, BARE_PUBLISHER];
  const systems = [...ownOf(bench), ...alternatives(bench), ...ceilings];
  const rows = await eachSystem(bench, systems, { role: 'api' }, async (running) => {
    const { coldPerSecond } = await warmUp(running.url, bench);
    const before = await running.cost();
    const { accepted, perSecond, p50, p99 } = await saturate(running.url, seconds);
    return { perSecond, coldPerSecond, p50, p99, ...costOf(before, await running.cost(), accepted) };
  });
  return {
    name: 'ingest',
    text: '64 clients POST orders, each as soon as it has the last response; nobody consumes them.',
    columns: [
      { key: 'perSecond', title: 'orders/s' },
      COLD,
      { key: 'p50', title: 'p50 ms' },
      { key: 'p99', title: 'p99 ms' },
      ...COSTS,
    ],
    rows,
  };
};

export const endToEnd: Scenario = async (bench) => {
  const systems = [...ownOf(bench), SERVICE_ON_POSTGRES, ...alternatives(bench)];
  return {
    name: 'end-to-end',
    text:
      'The same, and five replicas in the same process process them, which takes no time: ' +
      'from the first POST until all are processed.',
    columns: [{ key: 'perSecond', title: 'orders/s' }, COLD, ...COSTS],
    rows: await eachSystem(bench, systems, {}, (running) => throughput(running, bench)),
  };
};

export const concurrency: Scenario = async (bench) => {
  const systems = [SERVICE, ...(bench.quick ? [EXPRESS] : ALTERNATIVES)];
  const play = { workMs: '1000-3000' };
  const rows = await eachSystem(bench, systems, play, async (running) => {
    const enough = bench.quick ? 6_000 : 10_000;
    for (let sent = 0; sent < enough;) sent += (await saturate(running.url, 2)).accepted;
    await sleep(3_000); // until orders end as often as they begin
    const [before, cost, at] = [await running.done(), await running.cost(), performance.now()];
    await sleep(bench.quick ? 4_000 : 10_000);
    const processed = (await running.done()).processed - before.processed;
    return {
      perSecond: (processed * 1_000) / (performance.now() - at),
      ...costOf(cost, await running.cost(), processed),
    };
  });
  return {
    name: 'concurrency',
    text:
      'Processing an order takes 1 to 3 s. Five replicas, each 200 orders concurrently where a system can; ' +
      'Express + kafkajs, as tutorials show it, processes one at a time in each of five partitions.',
    columns: [{ key: 'perSecond', title: 'orders/s', digits: 1 }, ...COSTS],
    rows,
  };
};

/** @param sentBefore how many orders it got before */
export async function throughput(running: RunningSystem, bench: Bench, sentBefore = 0): Promise<Measured> {
  const warmed = await warmUp(running.url, bench);
  await whenDrained(running, sentBefore + warmed.accepted + 1);
  const { orders, seconds, ...costs } = await processFor(running, bench.quick ? 3 : 8);
  return { perSecond: orders / seconds, coldPerSecond: warmed.coldPerSecond, ...costs };
}

/** Sends for so long, and waits until all are processed. All that was sent before has to be. */
export async function processFor(running: RunningSystem, sendingSeconds: number) {
  const { processed } = await running.done();
  const cost = await running.cost();
  const { accepted, startedAt } = await saturate(running.url, sendingSeconds);
  await whenDrained(running, processed + accepted);
  const seconds = (Date.now() - startedAt) / 1_000;
  return { orders: accepted, seconds, ...costOf(cost, await running.cost(), accepted) };
}

/** Waits until so many orders are processed. */
export async function whenDrained(running: RunningSystem, count: number): Promise<void> {
  await waitFor(`${count} processed orders`, async () => (await running.done()).processed >= count, {
    deadlineMs: DRAINED_WITHIN_MS,
  });
}
