import { ask } from '../../test/support/postgres-database.js';
import { waitFor } from '../../packages/delivery/src/contract/wait-for.js';
import { drain } from './backlog.js';
import { saturate } from './load.js';
import { costOf, RATE_AND_COSTS, warmUp, type Bench, type Scenario } from './measure.js';
import { inWords, withOrders } from './orders-file.js';
import type { Measured, Row } from './results.js';
import { newPlay, RunningSystem } from './running-system.js';
import { SERVICE_ON_POSTGRES } from './systems.js';

/** What there is more and more of. Each is measured from its first size on, against which an order may cost no more. */
export const SIZES = {
  ids: [1_000, 10_000, 100_000, 1_000_000],
  'stored orders': [0, 10_000, 100_000, 1_000_000],
  'pending orders': [10_000, 100_000, 1_000_000],
  'API processes': [1, 2, 4],
} as const;
export type Growing = keyof typeof SIZES;

const REPLICAS = 5;
/** To be processed beside those that are stored. */
const PENDING = 100_000;

/** The name of a row. */
export const sized = (what: Growing, size: number): { readonly name: string } => ({
  name: `${inWords(size)} ${what}`,
});

const MEASURES: Readonly<Record<Growing, (bench: Bench, size: number) => Promise<Measured>>> = {
  ids: acceptIds,
  'stored orders': (bench, stored) => processBeside(bench, stored, PENDING),
  'pending orders': (bench, pending) => processBeside(bench, 0, pending),
  'API processes': acceptByProcesses,
};

/** What an order costs must not grow with what there is. */
export const growth: Scenario = async (bench) => {
  const rows: Row[] = [];
  for (const [what, sizes] of Object.entries(SIZES) as [Growing, readonly number[]][]) {
    for (const size of sizes) {
      const { name } = sized(what, size);
      const rounds: Measured[] = [];
      for (let round = 1; round <= bench.rounds; round++) {
        bench.say(`round ${round} of ${bench.rounds}: ${name}`);
        try {
          rounds.push(await MEASURES[what](bench, size));
        } catch (error) {
          bench.failed(name, error);
        }
      }
      rows.push({ name, rounds });
    }
  }
  return {
    name: 'growth',
    text:
      '_ids_: an API accepts orders with so many ids in turn. _API processes_: so many of them, with 64 clients each, on the ' +
      `same cores. _stored orders_: five replicas, each a process, process ${inWords(PENDING)} orders into PostgreSQL, which has so ` +
      'many already. _pending orders_: the same with so many waiting and none stored; a few are processed before Node is warm. ' +
      'The costs are those of all processes together, the peak that of the largest.',
    columns: RATE_AND_COSTS,
    rows,
  };
};

async function acceptIds(bench: Bench, ids: number): Promise<Measured> {
  const api = await RunningSystem.start(SERVICE_ON_POSTGRES, bench.servers, { role: 'api' });
  try {
    await warmUp(api.url, bench);
    const before = await api.cost();
    const { accepted, perSecond } = await saturate(api.url, seconds(bench), { ids });
    return { perSecond, ...costOf(before, await api.cost(), accepted) };
  } finally {
    await api.stop();
  }
}

async function acceptByProcesses(bench: Bench, processes: number): Promise<Measured> {
  const play = { ...(await newPlay(bench.servers, REPLICAS)), role: 'api' } as const;
  const apis: RunningSystem[] = [];
  try {
    for (let count = 0; count < processes; count++)
      apis.push(await RunningSystem.start(SERVICE_ON_POSTGRES, bench.servers, play));
    for (const { url } of apis) await warmUp(url, bench);
    const before = await Promise.all(apis.map((api) => api.cost()));
    const found = await Promise.all(apis.map(({ url }) => saturate(url, seconds(bench))));
    const after = await Promise.all(apis.map((api) => api.cost()));
    const accepted = sum(found.map((each) => each.accepted));
    const cpuMs = sum(after.map((each) => each.cpuMs)) - sum(before.map((each) => each.cpuMs));
    return {
      perSecond: sum(found.map((each) => each.perSecond)),
      cpuUs: (cpuMs * 1_000) / accepted,
      peakMb: Math.max(...after.map((each) => each.peakMb)),
    };
  } finally {
    await Promise.all(apis.map((api) => api.stop()));
  }
}

function processBeside(bench: Bench, stored: number, pending: number): Promise<Measured> {
  const fill = async (databaseUrl: string): Promise<void> => {
    if (stored === 0) return;
    bench.say(`${inWords(stored)} orders are put into the store`);
    const hasTable = () =>
      ask(databaseUrl, 'SELECT completed_at FROM orders LIMIT 0').then(
        () => true,
        () => false,
      );
    await waitFor('the tables of the store', hasTable, { intervalMs: 100 });
    await ask(databaseUrl, STORE_ORDERS, [stored]);
    await ask(databaseUrl, 'VACUUM ANALYZE orders');
  };
  return withOrders(pending, (file) => drain(bench, SERVICE_ON_POSTGRES, REPLICAS, file, pending, fill));
}

/** As processed before this run began; ids that are none of its orders. */
const STORE_ORDERS = `
  INSERT INTO orders (order_id, product, quantity, placed_at, status, completed_at, replica, topic, partition, "offset", attempt)
  SELECT gen_random_uuid()::text, 'Espresso machine', 2, now(), 'processed', now(), 'replica-1', 'earlier', 0, number, 1
  FROM generate_series(1, $1::bigint) AS number`;

const seconds = ({ quick }: Bench): number => (quick ? 3 : 8);

function sum(values: readonly number[]): number {
  return values.reduce((total, each) => total + each, 0);
}
