import { waitFor } from '../../packages/delivery/src/contract/wait-for.js';
import { eachSystem, RATE_AND_COSTS, type Bench, type Scenario } from './measure.js';
import { HOUR_MS, importOrders, inWords, withOrders } from './orders-file.js';
import type { Measured, Row } from './results.js';
import { newPlay, RunningSystem } from './running-system.js';
import { SERVICE, SERVICE_ON_POSTGRES, type System } from './systems.js';
import { throughput } from './throughput.js';

const REPLICAS = ['replica-1', 'replica-2', 'replica-3', 'replica-4', 'replica-5'];

/** On PostgreSQL, each replica a process of its own; the peak is that of the largest. */
export const backlog: Scenario = async (bench) => {
  const count = bench.quick ? 20_000 : 1_000_000;
  const rounds = await withOrders(count, async (file) => [
    await drain(bench, SERVICE_ON_POSTGRES, 5, file, count),
  ]);
  return {
    name: 'backlog',
    text: `${inWords(count)} orders wait; five replicas, each a process, process them into PostgreSQL. Their heap has the limit of docker-compose.yml.`,
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

async function drain(
  { servers, say }: Bench,
  system: System,
  processes: number,
  file: string,
  count: number,
): Promise<Measured> {
  const play = await newPlay(servers, Math.ceil(5 / processes));
  say(`${inWords(count)} orders are put into the topic`);
  const api = await RunningSystem.start(system, servers, { ...play, role: 'api' });
  await importOrders(api, file);
  await api.stop();
  say(`${processes} processes process them`);
  const startedAt = performance.now();
  const replicas = await Promise.all(
    REPLICAS.slice(0, processes).map((replicaId) =>
      RunningSystem.start(system, servers, { ...play, role: 'consumer', replicaId }),
    ),
  );
  try {
    await waitFor('all orders processed', async () => (await processedBy(replicas)) > count, {
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

async function processedBy(replicas: readonly RunningSystem[]): Promise<number> {
  const all = await Promise.all(replicas.map((replica) => replica.done()));
  return all.reduce((sum, { processed }) => sum + processed, 0);
}
