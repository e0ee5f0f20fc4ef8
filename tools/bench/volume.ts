import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { PostgresDatabase } from '../../test/support/postgres-database.js';
import { waitFor } from '../../packages/delivery/src/contract/wait-for.js';
import type { Measured, Row } from './results.js';
import { RunningSystem } from './running-system.js';
import type { Play } from './play.js';
import { costOf, eachSystem, RATE_AND_COSTS, throughput, type Bench, type Scenario } from './scenarios.js';
import type { Servers } from './servers.js';
import { SERVICE, SERVICE_ON_POSTGRES, type System } from './systems.js';

const run = promisify(execFile);
const CLI = fileURLToPath(new URL('../../dist/interfaces/cli/main.js', import.meta.url));
const REPLICAS = ['replica-1', 'replica-2', 'replica-3', 'replica-4', 'replica-5'];
const HOUR_MS = 3_600_000;

/** As a record of ours, with key and headers. */
const RECORD_BYTES = 400;

export const bulk: Scenario = async (bench) => {
  const count = bench.quick ? 100_000 : 1_000_000;
  const name = `${SERVICE.name}, orders import`;
  return withOrders(count, async (file) => {
    const imported = await eachSystem(bench, [{ ...SERVICE, name }], { role: 'api' }, async (running) => {
      const before = await running.cost();
      const seconds = await importOrders(running, file);
      return { perSecond: count / seconds, ...costOf(before, await running.cost(), count) };
    });
    return {
      name: 'bulk',
      text: `A file of ${inWords(count)} orders. ProducerPerformance is Kafka’s own tool, with records of the same size.`,
      columns: RATE_AND_COSTS,
      rows: [
        ...imported,
        { name: 'Kafka, ProducerPerformance', rounds: await producerPerformance(bench, count) },
      ],
    };
  });
};

/** It prints e.g. `100000 records sent, 51234.5 records/sec (…)`, the whole last. */
async function producerPerformance({ servers, rounds, say }: Bench, count: number): Promise<Measured[]> {
  const found: Measured[] = [];
  for (let round = 1; round <= rounds; round++) {
    say(`round ${round} of ${rounds}: Kafka's ProducerPerformance`);
    const topic = await servers.newTopic(5);
    const records = ['--topic', topic, '--num-records', `${count}`, '--record-size', `${RECORD_BYTES}`];
    const producer = ['--throughput', '-1', '--bootstrap-server', servers.kafka.brokers.join(',')];
    const printed = await servers.tool('ProducerPerformance', [...records, ...producer], HOUR_MS);
    const [, perSecond] = /.*records sent, ([\d.]+) records\/sec/s.exec(printed) ?? [];
    found.push({ perSecond: Number(perSecond) });
  }
  return found;
}

/** On PostgreSQL, each replica a process of its own; the peak is that of the largest. */
export const backlog: Scenario = async (bench) => {
  const count = bench.quick ? 20_000 : 1_000_000;
  const rounds = await withOrders(count, async (file) => [
    await drain(bench, SERVICE_ON_POSTGRES, 5, file, count),
  ]);
  return {
    name: 'backlog',
    text: `${inWords(count)} orders wait; five replicas, each a process, carry them out into PostgreSQL. Their heap has the limit of docker-compose.yml.`,
    columns: [
      { key: 'seconds', title: 's to drain', digits: 1 },
      { key: 'perSecond', title: 'orders/s' },
      { key: 'cpuUs', title: 'CPU µs an order' },
      { key: 'peakMb', title: 'peak MB of a replica' },
    ],
    lessIsBetter: true,
    rows: [{ name: SERVICE_ON_POSTGRES.name, rounds }],
  };
};

async function drain(
  { servers, say }: Bench,
  system: System,
  processes: number,
  file: string,
  count: number,
): Promise<Measured> {
  const play = await newPlay(servers, Math.ceil(5 / processes));
  say(`${inWords(count)} orders are put into the log`);
  const api = await RunningSystem.start(system, servers, { ...play, role: 'api' });
  await importOrders(api, file);
  await api.stop();
  say(`${processes} processes carry them out`);
  const startedAt = performance.now();
  const replicas = await Promise.all(
    REPLICAS.slice(0, processes).map((replicaId) =>
      RunningSystem.start(system, servers, { ...play, role: 'consumer', replicaId }),
    ),
  );
  try {
    await waitFor('all to be carried out', async () => (await processedBy(replicas)) > count, {
      deadlineMs: HOUR_MS,
      intervalMs: 100,
    });
    const seconds = (performance.now() - startedAt) / 1_000;
    const costs = await Promise.all(replicas.map((replica) => replica.cost()));
    const cpuMs = costs.reduce((sum, cost) => sum + cost.cpuMs, 0);
    const peakMb = Math.max(...costs.map((cost) => cost.peakMb));
    return { seconds, perSecond: count / seconds, cpuUs: (cpuMs * 1_000) / count, peakMb };
  } finally {
    await Promise.all(replicas.map((replica) => replica.stop()));
  }
}

export const growth: Scenario = async (bench) => {
  const rows: Row[] = [];
  for (const partitions of [1, 2, 5]) {
    const name = `${partitions} partitions, ${partitions} replicas in the API’s process`;
    const play = { partitions, replicas: partitions };
    rows.push(
      ...(await eachSystem(bench, [{ ...SERVICE, name }], play, (running) => throughput(running, bench))),
    );
  }
  for (const count of [20_000, 200_000]) {
    for (const processes of [1, 2, 4]) {
      const found = await withOrders(count, (file) =>
        drain(bench, SERVICE_ON_POSTGRES, processes, file, count),
      );
      rows.push({
        name: `backlog of ${inWords(count)}, ${processes} processes, PostgreSQL`,
        rounds: [found],
      });
    }
  }
  for (const keys of [1, 100, 10_000]) {
    const found = await withOrders(
      20_000,
      (file) => drain(bench, SERVICE_ON_POSTGRES, 1, file, 20_000),
      keys,
    );
    rows.push({
      name: `backlog of 20,000 with ${inWords(keys)} ids, 1 process, PostgreSQL`,
      rounds: [found],
    });
  }
  return {
    name: 'growth',
    text: 'More partitions, more processes (on the same cores), more waiting, fewer ids.',
    columns: RATE_AND_COSTS,
    rows,
  };
};

/** A replica that is a process of its own. */
export const idle: Scenario = async (bench) => {
  const rounds: Measured[] = [];
  for (let round = 1; round <= bench.rounds; round++) {
    bench.say(`round ${round} of ${bench.rounds}: ${SERVICE_ON_POSTGRES.name}`);
    rounds.push(await idleShare(bench));
  }
  return {
    name: 'idle',
    text: 'A replica, in a process of its own, that has nothing to do.',
    columns: [
      { key: 'cpuShare', title: '% of a core', digits: 2 },
      { key: 'peakMb', title: 'peak MB' },
    ],
    lessIsBetter: true,
    rows: [{ name: SERVICE_ON_POSTGRES.name, rounds }],
  };
};

async function idleShare({ servers, quick }: Bench): Promise<Measured> {
  const seconds = quick ? 10 : 30;
  const play = await newPlay(servers, 1);
  const api = await RunningSystem.start(SERVICE_ON_POSTGRES, servers, { ...play, role: 'api' });
  const replica = await RunningSystem.start(SERVICE_ON_POSTGRES, servers, { ...play, role: 'consumer' });
  try {
    await sleep(quick ? 10_000 : 20_000); // until nothing is left of the start
    const before = await replica.cost();
    await sleep(seconds * 1_000);
    const { cpuMs, peakMb } = await replica.cost();
    return { cpuShare: (cpuMs - before.cpuMs) / (seconds * 10), peakMb };
  } finally {
    await Promise.all([api.stop(), replica.stop()]);
  }
}

/** A topic and a database for several processes. */
async function newPlay(servers: Servers, replicas: number): Promise<Partial<Play>> {
  const topic = await servers.newTopic(5);
  const databaseUrl = (await PostgresDatabase.create(servers.postgres.url)).url;
  return { topic, databaseUrl, replicas };
}

async function processedBy(replicas: readonly RunningSystem[]): Promise<number> {
  const all = await Promise.all(replicas.map((replica) => replica.done()));
  return all.reduce((sum, { processed }) => sum + processed, 0);
}

/** Answers how many seconds it took, as somebody at a shell would see it. */
async function importOrders(api: RunningSystem, file: string): Promise<number> {
  const startedAt = performance.now();
  const url = new URL(api.url).origin;
  await run(process.execPath, [CLI, 'orders', 'import', file, '--url', url, '--key', `bench-${startedAt}`], {
    timeout: HOUR_MS,
  });
  return (performance.now() - startedAt) / 1_000;
}

/** With a file of so many orders; of so many ids, where that is said. */
async function withOrders<T>(count: number, use: (file: string) => Promise<T>, ids?: number): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-orders-'));
  const file = join(folder, 'orders.ndjson');
  const lines = function* () {
    for (let index = 0; index < count; index++) {
      const orderId = ids === undefined ? {} : { orderId: `order-${index % ids}` };
      yield `${JSON.stringify({ ...orderId, product: 'Espresso machine', quantity: 2 })}\n`;
    }
  };
  try {
    await pipeline(Readable.from(lines()), createWriteStream(file));
    return await use(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function inWords(count: number): string {
  return count.toLocaleString('en');
}
