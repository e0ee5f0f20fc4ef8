import { costOf, eachSystem, RATE_AND_COSTS, type Bench, type Scenario } from './measure.js';
import { HOUR_MS, importOrders, inWords, withOrders } from './orders-file.js';
import type { Measured } from './results.js';
import { SERVICE } from './systems.js';

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
