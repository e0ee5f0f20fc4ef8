import { waitFor } from '../../packages/delivery/src/contract/wait-for.js';
import { percentile } from '../guarantees/figures.js';
import { steady } from './load.js';
import { DRAINED_WITHIN_MS, eachSystem, warmUpSeconds, type Bench, type Scenario } from './measure.js';
import type { Measured } from './results.js';
import type { RunningSystem } from './running-system.js';
import { ALTERNATIVES, SERVICE, SERVICE_ON_POSTGRES } from './systems.js';

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
      'From POST until an order is processed, at a steady number of orders a second, whatever the responses. ' +
      'EndToEndLatency is Kafka’s own tool: one record at a time, from its producer to its consumer.',
    columns: [500, ...rates.filter((rate) => rate !== 500)].flatMap((rate) => [
      { key: `p50@${rate}`, title: `p50 ms at ${rate}/s`, digits: 1, part: 'p50' },
      { key: `p99@${rate}`, title: `p99 ms at ${rate}/s`, digits: 1, part: 'p99' },
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

/** How long each order took, in ms. */
async function untilCompleted(running: RunningSystem, sentAt: Map<string, number>): Promise<number[]> {
  const taken: number[] = [];
  await waitFor(
    'all orders processed',
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
