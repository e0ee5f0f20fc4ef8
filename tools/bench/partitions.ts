import { startKafkaCluster } from '../dev-servers/kafka-cluster.js';
import { costOf, COSTS, eachSystem, warmUp, type Bench, type Scenario } from './measure.js';
import { saturate } from './load.js';
import { importOrders, withOrders } from './orders-file.js';
import type { Measured, Row } from './results.js';
import { RunningSystem } from './running-system.js';
import { SERVICE, SERVICE_ON_NODE_24, WEBFLUX, type System } from './systems.js';
import { throughput } from './throughput.js';

type Named = Pick<System, 'name'>;

const INGEST = [5, 50, 300, 1_000];
const ON_THREE_BROKERS: System = { ...SERVICE, name: `${SERVICE.name}, three brokers` };
/** Where it is compared with another that batches by broker. */
const BESIDE_OTHERS = [300, 1_000];
const END_TO_END = [5, 50, 300];
/** In each partition before it is measured: a broker takes some ms for the first index entry of each, once. */
const FIRST_ORDERS = 50;

export const ingestAt = (partitions: number, { name }: Named = SERVICE): Named => ({
  name: `ingest, ${partitions} partitions, ${name}`,
});
export const endToEndAt = (partitions: number): Named => ({
  name: `end-to-end, ${partitions} partitions, ${SERVICE.name}`,
});

/** What an order costs must not grow with the partitions. */
export const partitions: Scenario = async (bench) => {
  const rows: Row[] = [];
  for (const count of INGEST) {
    const others = BESIDE_OTHERS.includes(count) ? [SERVICE_ON_NODE_24, WEBFLUX] : [];
    rows.push(...(await ingest(bench, count, [SERVICE, ...others])));
  }
  for (const count of END_TO_END) {
    const system = { ...SERVICE, ...endToEndAt(count) };
    const first = FIRST_ORDERS * count;
    const processed = async (running: RunningSystem) => {
      await withOrders(first, (file) => importOrders(running, file));
      return throughput(running, bench, first);
    };
    rows.push(...(await eachSystem(bench, [system], { partitions: count }, processed)));
  }
  const kafka = await startKafkaCluster({ brokers: 3, heapMb: 1_024, onProgress: bench.say });
  try {
    const onThree = { ...bench, servers: bench.servers.onKafka(kafka) };
    for (const count of INGEST) rows.push(...(await ingest(onThree, count, [ON_THREE_BROKERS])));
  } finally {
    await kafka.stop();
  }
  return {
    name: 'partitions',
    text:
      'The same as _ingest_ and _end-to-end_, with more partitions. Sockets are those to the brokers. Three brokers share the ' +
      'cores with the service, and each has every order.',
    columns: [
      { key: 'perSecond', title: 'orders/s' },
      { key: 'p99', title: 'p99 ms' },
      ...COSTS,
      { key: 'sockets', title: 'sockets' },
    ],
    rows,
  };
};

async function ingest(bench: Bench, count: number, systems: readonly System[]): Promise<Row[]> {
  const topic = await filledTopic(bench, count);
  const named = systems.map((system) => ({ ...system, ...ingestAt(count, system) }));
  const play = { role: 'api', partitions: count, topic } as const;
  return eachSystem(bench, named, play, (running) => accepted(running, bench));
}

/** A topic whose partitions all have some orders. */
async function filledTopic(bench: Bench, count: number): Promise<string> {
  const topic = await bench.servers.newTopic(count);
  const api = await RunningSystem.start(SERVICE, bench.servers, { role: 'api', partitions: count, topic });
  await withOrders(FIRST_ORDERS * count, (file) => importOrders(api, file));
  await api.stop();
  return topic;
}

async function accepted(running: RunningSystem, bench: Bench): Promise<Measured> {
  await warmUp(running.url, bench);
  const before = await running.cost();
  const found = await saturate(running.url, bench.quick ? 3 : 8);
  const sockets = await running.connectionsTo(bench.servers.kafka.brokers);
  const costs = costOf(before, await running.cost(), found.accepted);
  return { perSecond: found.perSecond, p99: found.p99, sockets, ...costs };
}
