import { startKafkaCluster } from '../dev-servers/kafka-cluster.js';
import { startKafkaTestBroker } from '../../packages/delivery/test/support/kafka-test-broker.js';
import type { Outcome } from '../../test/support/fault-scenario.js';
import type { Bench } from './bench.js';
import { lastToGoOn } from './figures.js';
import { none, within, type Row } from './rows.js';

export async function brokerOutage(bench: Bench): Promise<Row[]> {
  const seen = { backAt: 0 };
  const outcome = await bench.run({}, async ({ load }) => {
    await load.more(500);
    const node = bench.kafka.nodes[0];
    await node?.kill();
    await node?.start();
    seen.backAt = Date.now();
    await load.more(2_500);
  });
  return [
    within(
      'The broker killed (-9) and back: all partitions go on after it responds again',
      10_000,
      lastToGoOn(outcome.effects, seen.backAt),
    ),
    ...published('One broker killed (-9) and back', outcome),
  ];
}

export async function storeOutage(bench: Bench): Promise<Row[]> {
  const seen = { backAt: 0 };
  const { effects, letters } = await bench.run({}, async ({ load }) => {
    await load.more(500);
    await bench.postgres.down();
    await load.more(1_250);
    await bench.postgres.up();
    seen.backAt = Date.now();
    await load.more(2_500);
  });
  return [
    within(
      'The store stopped for 5 s of load: all partitions go on after it responds again',
      10_000,
      lastToGoOn(effects, seen.backAt),
    ),
    none('The store stopped for 5 s of load: dead letters', letters.length, `${effects.length} orders`),
  ];
}

/** Each is restarted in order when all partitions are in sync again. */
export async function threeBrokers(bench: Bench): Promise<Row[]> {
  const kafka = await bench.keep(startKafkaCluster({ brokers: 3 }));
  const options = { brokers: kafka.brokers, environment: { KAFKA_REPLICATION_FACTOR: '3' } };
  const outcome = await bench.run(options, async ({ service, load }) => {
    const broker = await startKafkaTestBroker({ brokers: kafka.brokers, replicationFactor: 3 });
    await load.more(500);
    for (const node of kafka.nodes) {
      await node.stop();
      await load.more(500);
      await node.start();
      await broker.existingTopic(service.topic).inSync();
    }
    await broker.close();
    await load.more(500);
  });
  await kafka.stop();
  return published('Three brokers restarted one after another', outcome);
}

/** Each order was sent once: what is in the topic twice, the publisher appended twice. */
function published(what: string, { log, orders }: Outcome): Row[] {
  const places = new Map<string, number>();
  for (const { order } of log) if (order) places.set(order.orderId, (places.get(order.orderId) ?? 0) + 1);
  const accepted = orders.filter(({ answer }) => answer === 'success');
  const missing = accepted.filter(({ orderId }) => !places.has(orderId));
  const doubled = [...places.values()].filter((count) => count > 1);
  const share = `${accepted.length} accepted (${orders.length - accepted.length} others were not)`;
  return [
    none(`${what}: accepted orders that are not in the topic`, missing.length, share),
    none(`${what}: orders that are in the topic twice`, doubled.length, `${places.size}`),
  ];
}
