import { waitFor } from '../../packages/delivery/src/contract/wait-for.js';
import type { Bench, Scenario } from './measure.js';
import { HOUR_MS, importOrders, inWords, withOrders } from './orders-file.js';
import type { Measured } from './results.js';
import { newPlay, RunningSystem } from './running-system.js';
import { SERVICE_ON_POSTGRES, type System } from './systems.js';

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

/**
 * So many processes process the orders of a file.
 * @param prepare fills the database, which is about to get its tables
 */
export async function drain(
  { servers, say }: Bench,
  system: System,
  processes: number,
  file: string,
  count: number,
  prepare?: (databaseUrl: string) => Promise<void>,
): Promise<Measured> {
  const play = await newPlay(servers, Math.ceil(5 / processes));
  const api = await RunningSystem.start(system, servers, { ...play, role: 'api' });
  try {
    await prepare?.(play.databaseUrl);
    say(`${inWords(count)} orders are put into the topic`);
    await importOrders(api, file);
  } finally {
    await api.stop();
  }
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
