import { setTimeout as sleep } from 'node:timers/promises';
import { percentile } from '../guarantees/figures.js';
import { waitFor } from '../../packages/delivery/src/contract/wait-for.js';
import { saturate, steady } from './load.js';
import type { Column, Measured, Row, Table } from './results.js';
import { RunningSystem, type Cost } from './running-system.js';
import type { Play } from './play.js';
import type { Servers } from './servers.js';
import {
  ALTERNATIVES,
  BARE,
  BARE_PUBLISHER,
  BULLMQ,
  EXPRESS,
  NEST,
  SERVICE,
  SERVICE_ON_POSTGRES,
  type System,
} from './systems.js';

/** How long and how often is measured, and on what. */
export interface Bench {
  readonly servers: Servers;
  readonly rounds: number;
  readonly quick: boolean;
  readonly say: (line: string) => void;
  /** A system could not be measured. */
  readonly failed: (name: string, error: unknown) => void;
}

export type Scenario = (bench: Bench) => Promise<Table>;

/** In a hurry, those that the targets are about. */
const alternatives = ({ quick }: Bench): readonly System[] => (quick ? [NEST, BULLMQ] : ALTERNATIVES);

/** Node takes up to fifteen seconds to compile what is hot, until which a system does half of what it can. */
export const warmUpSeconds = ({ quick }: Bench): number => (quick ? 2 : 15);
const DRAINED_WITHIN_MS = 180_000;
const COSTS: readonly Column[] = [
  { key: 'cpuUs', title: 'CPU µs an order' },
  { key: 'peakMb', title: 'peak MB' },
];
/** How fast, and at what cost. */
export const RATE_AND_COSTS: readonly Column[] = [{ key: 'perSecond', title: 'orders/s' }, ...COSTS];

/** Nobody consumes meanwhile. */
export const ingest: Scenario = async (bench) => {
  const seconds = bench.quick ? 3 : 8;
  const ceilings = bench.quick ? [BARE] : [BARE, BARE_PUBLISHER];
  const systems = [SERVICE, ...alternatives(bench), ...ceilings];
  const rows = await eachSystem(bench, systems, { role: 'api' }, async (running) => {
    await saturate(running.url, warmUpSeconds(bench));
    const before = await running.cost();
    const { accepted, startedAt, endedAt, p50, p99 } = await saturate(running.url, seconds);
    return {
      perSecond: (accepted * 1_000) / (endedAt - startedAt),
      ...{ p50, p99 },
      ...costOf(before, await running.cost(), accepted),
    };
  });
  return {
    name: 'accept',
    text: '64 clients POST orders as fast as they are answered; nobody carries them out.',
    columns: [
      { key: 'perSecond', title: 'orders/s' },
      { key: 'p50', title: 'p50 ms' },
      { key: 'p99', title: 'p99 ms' },
      ...COSTS,
    ],
    rows,
  };
};

export const endToEnd: Scenario = async (bench) => {
  const systems = [SERVICE, SERVICE_ON_POSTGRES, ...alternatives(bench)];
  return {
    name: 'through',
    text:
      'The same, and five replicas in the same process carry them out, which takes no time: ' +
      'from the first POST until all are carried out.',
    columns: RATE_AND_COSTS,
    rows: await eachSystem(bench, systems, {}, (running) => throughput(running, bench)),
  };
};

export async function throughput(running: RunningSystem, bench: Bench): Promise<Measured> {
  const before = await whenDrained(running, (await saturate(running.url, warmUpSeconds(bench))).accepted + 1);
  const cost = await running.cost();
  const { accepted, startedAt } = await saturate(running.url, bench.quick ? 3 : 8);
  await whenDrained(running, before + accepted);
  return {
    perSecond: (accepted * 1_000) / (Date.now() - startedAt),
    ...costOf(cost, await running.cost(), accepted),
  };
}

/** Orders a second, and p50 and p99 of each system. */
export const latency: Scenario = async (bench) => {
  const rates = bench.quick ? [500] : [250, 500, 1_000, 2_000];
  const seconds = bench.quick ? 3 : 5;
  const systems = bench.quick ? [SERVICE] : [SERVICE, SERVICE_ON_POSTGRES, ...ALTERNATIVES];
  const rows = await eachSystem(bench, systems, { keepsTimes: true }, async (running) => {
    await untilCompleted(running, await steady(running.url, 500, warmUpSeconds(bench)));
    const measured: Record<string, number> = {};
    for (const rate of rates) {
      const taken = await untilCompleted(running, await steady(running.url, rate, seconds));
      measured[`p50@${rate}`] = percentile(taken, 0.5);
      measured[`p99@${rate}`] = percentile(taken, 0.99);
    }
    return measured;
  });
  rows.push({ name: 'Kafka, EndToEndLatency', rounds: await endToEndLatency(bench) });
  return {
    name: 'latency',
    text:
      'From POST until an order is carried out, at a steady number of orders a second, whatever the answers. ' +
      'EndToEndLatency is Kafka’s own tool: one record at a time, from its producer to its consumer.',
    columns: [500, ...rates.filter((rate) => rate !== 500)].flatMap((rate) => [
      { key: `p50@${rate}`, title: `p50 ms at ${rate}/s`, digits: 1 },
      { key: `p99@${rate}`, title: `p99 ms at ${rate}/s`, digits: 1 },
    ]),
    lessIsBetter: true,
    rows,
  };
};

/** It prints e.g. `Avg latency: 1.2345 ms` and `Percentiles: 50th = 1, 99th = 3, 99.9th = 9`. */
async function endToEndLatency({ servers, rounds, quick, say }: Bench): Promise<Measured[]> {
  const found: Measured[] = [];
  for (let round = 1; round <= rounds; round++) {
    say(`round ${round} of ${rounds}: Kafka's EndToEndLatency`);
    const topic = await servers.newTopic(1);
    const [broker = ''] = servers.kafka.brokers;
    const args = [broker, topic, quick ? '2000' : '10000', 'all', '300'];
    const printed = await servers.tool('EndToEndLatency', args, 120_000);
    const [, mean] = /Avg latency: ([\d.]+)/.exec(printed) ?? [];
    const [, p99] = /99th = (\d+)/.exec(printed) ?? [];
    found.push({ 'p50@500': Number(mean), 'p99@500': Number(p99) });
  }
  return found;
}

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
    name: 'work',
    text:
      'Carrying out an order takes 1 to 3 s. Five replicas, 200 orders at a time each where a system can; ' +
      'Express + kafkajs as tutorials show it has one at a time for each of five partitions.',
    columns: [{ key: 'perSecond', title: 'orders/s', digits: 1 }, ...COSTS],
    rows,
  };
};

/** Each system alone, in turn, round after round. One that fails lacks that round. */
export async function eachSystem(
  bench: Bench,
  systems: readonly System[],
  play: Partial<Play>,
  measure: (running: RunningSystem) => Promise<Measured>,
): Promise<Row[]> {
  const present = systems.filter(
    ({ needs }) => needs === undefined || bench.servers.url(needs) !== undefined,
  );
  const rows = new Map<string, Measured[]>(present.map(({ name }) => [name, []]));
  for (let round = 1; round <= bench.rounds; round++) {
    for (const system of present) {
      bench.say(`round ${round} of ${bench.rounds}: ${system.name}`);
      try {
        const running = await RunningSystem.start(system, bench.servers, play);
        try {
          rows.get(system.name)?.push(await measure(running));
        } finally {
          await running.stop();
        }
      } catch (error) {
        bench.failed(system.name, error);
      }
    }
  }
  return [...rows].map(([name, rounds]) => ({ name, rounds }));
}

/** What so many orders took; the peak is that since the start. */
export function costOf(before: Cost, after: Cost, orders: number): { cpuUs: number; peakMb: number } {
  return { cpuUs: ((after.cpuMs - before.cpuMs) * 1_000) / orders, peakMb: after.peakMb };
}

/** Waits until so many are carried out. Answers how many are. */
async function whenDrained(running: RunningSystem, count: number): Promise<number> {
  return waitFor(
    `${count} orders to be carried out`,
    async () => {
      const { processed } = await running.done();
      return processed >= count && processed;
    },
    { deadlineMs: DRAINED_WITHIN_MS },
  );
}

/** How long each order took, in ms. */
async function untilCompleted(running: RunningSystem, sentAt: Map<string, number>): Promise<number[]> {
  const taken: number[] = [];
  await waitFor(
    'all orders to be carried out',
    async () => {
      for (const [orderId, at] of (await running.done()).completed) {
        const from = sentAt.get(orderId);
        if (from !== undefined && sentAt.delete(orderId)) taken.push(at - from);
      }
      return sentAt.size === 0;
    },
    { deadlineMs: DRAINED_WITHIN_MS, intervalMs: 100 },
  );
  return taken;
}
