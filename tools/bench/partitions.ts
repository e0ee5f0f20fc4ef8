import { saturate } from './load.js';
import { costOf, COSTS, eachSystem, warmUpSeconds, type Scenario } from './measure.js';
import { importOrders, withOrders } from './orders-file.js';
import type { Row } from './results.js';
import type { RunningSystem } from './running-system.js';
import { SERVICE, type System } from './systems.js';
import { throughput } from './throughput.js';

const INGEST = [5, 50, 300, 1_000];
const END_TO_END = [5, 50, 300];
/** In each partition before it is measured: a broker takes some ms for the first index entry of each, once. */
const FIRST_ORDERS = 50;

export const ingestAt = (partitions: number): Pick<System, 'name'> => ({
  name: `ingest, ${partitions} partitions`,
});
export const endToEndAt = (partitions: number): Pick<System, 'name'> => ({
  name: `end-to-end, ${partitions} partitions`,
});

/** Of the service alone: what an order costs must not grow with the partitions. */
export const partitions: Scenario = async (bench) => {
  const rows: Row[] = [];
  const measure = async (
    { name }: Pick<System, 'name'>,
    play: Parameters<typeof eachSystem>[2],
    how: Parameters<typeof eachSystem>[3],
  ): Promise<void> => {
    const first = FIRST_ORDERS * (play.partitions ?? 1);
    const filled = async (running: RunningSystem, system: System) => {
      await withOrders(first, (file) => importOrders(running, file));
      await running.forgetPeak();
      return how(running, system);
    };
    rows.push(...(await eachSystem(bench, [{ ...SERVICE, name }], play, filled)));
  };
  const accept = async (running: RunningSystem) => {
    await saturate(running.url, warmUpSeconds(bench));
    const before = await running.cost();
    const { accepted, perSecond, p99 } = await saturate(running.url, bench.quick ? 3 : 8);
    const sockets = await running.connectionsTo(bench.servers.kafka.brokers);
    return { perSecond, p99, sockets, ...costOf(before, await running.cost(), accepted) };
  };
  for (const count of INGEST) await measure(ingestAt(count), { role: 'api', partitions: count }, accept);
  for (const count of END_TO_END) {
    await measure(endToEndAt(count), { partitions: count }, (running) => throughput(running, bench));
  }
  return {
    name: 'partitions',
    text: 'The same as _ingest_ and _end-to-end_, with more partitions. Sockets are those to the broker.',
    columns: [
      { key: 'perSecond', title: 'orders/s' },
      { key: 'p99', title: 'p99 ms' },
      ...COSTS,
      { key: 'sockets', title: 'sockets' },
    ],
    rows,
  };
};
