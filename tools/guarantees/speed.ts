import { setTimeout as delay } from 'node:timers/promises';
import { PRODUCT } from '../../test/support/load.js';
import type { RogueProducer } from '../../test/support/rogue-producer.js';
import type { Bench } from './bench.js';
import { latencies, percentile } from './figures.js';
import type { Row } from './rows.js';

/** The fulfilment is the service's own simulated one. */
const NO_LOAD = {
  perSecond: 0,
  environment: { FULFILMENT_URL: '', FULFILMENT_DELAY_MS: '1000-3000' },
};
const HOT_KEYS = 20;
/** Long enough for the first and the last seconds, when not all places are taken, to count for little. */
const BACKLOG = 12_000;
const ONE_AT_A_TIME_MS = 20_000;

/**
 * 1–3 s of simulated work an order, and more in the topic than the replicas can process at once. Each hot key gets five records with
 * other content; the first, which fails three times, wins.
 */
export async function throughput(bench: Bench): Promise<Row[]> {
  const seen = { from: 0 };
  const { effects, violations } = await bench.run(NO_LOAD, async ({ rogueProducer }) => {
    seen.from = Date.now();
    for (let key = 1; key <= HOT_KEYS; key++) {
      await rogueProducer.putOrder(`hot-${key}`, 'fail-3');
      for (const other of ['tea', 'milk', 'salt', 'rice']) {
        await rogueProducer.putOrder(`hot-${key}`, other, 'conflicting');
      }
    }
    await fill(rogueProducer, 'backlog', BACKLOG);
  });
  const perSecond = (effects.length * 1_000) / (Math.max(...effects.map(({ at }) => at)) - seen.from);
  const single = await oneAtATime(bench);
  const outOfOrder = violations.filter(({ rule }) => rule === 'order').length;
  return [
    {
      promise: '1–3 s of work an order, five replicas: orders/s, from the first record to the last effect',
      needed: '≥ 300',
      measured: `${perSecond.toFixed(0)} (${effects.length} orders)`,
      passed: perSecond >= 300,
    },
    {
      promise:
        'For comparison, the same work with `CONSUMER_CONCURRENCY=1`: one at a time in each of five partitions',
      needed: '',
      measured: `${single.toFixed(1)} orders/s`,
      passed: true,
    },
    {
      promise: `Order within a key: ${HOT_KEYS} keys with five records each, the first of which fails three times`,
      needed: 'the first is processed, the rest are dead letters',
      measured: `${outOfOrder} violations`,
      passed: outOfOrder === 0,
    },
  ];
}

/** All five partitions have a backlog meanwhile. */
async function oneAtATime(bench: Bench): Promise<number> {
  const environment = { ...NO_LOAD.environment, CONSUMER_CONCURRENCY: '1' };
  const seen = { done: 0 };
  await bench.watch({ ...NO_LOAD, environment }, async ({ rogueProducer, service }) => {
    await fill(rogueProducer, 'single', 200);
    const before = await service.database.countOf('orders');
    await delay(ONE_AT_A_TIME_MS);
    seen.done = (await service.database.countOf('orders')) - before;
  });
  return (seen.done * 1_000) / ONE_AT_A_TIME_MS;
}

/** Past the API, which would share the cores with the replicas. */
async function fill(rogueProducer: RogueProducer, name: string, count: number): Promise<void> {
  const ids = Array.from({ length: count }, (_, index) => `${name}-${index}`);
  await Promise.all(ids.map((id) => rogueProducer.putOrder(id, PRODUCT)));
}

export async function poisonBurst(bench: Bench): Promise<Row[]> {
  const spans: { poisoned: boolean; from: number; to: number }[] = [];
  const { orders, effects, letters } = await bench.run({}, async (scenario) => {
    await scenario.load.more(1_250);
    for (const poisoned of [false, true, false, true]) {
      scenario.isPoisoned = poisoned;
      const from = Date.now();
      await scenario.load.more(2_500);
      spans.push({ poisoned, from, to: Date.now() });
    }
  });
  const [without = NaN, with5Percent = NaN] = [false, true].map((poisoned) =>
    percentile(
      latencies(
        orders,
        effects,
        spans.filter((span) => span.poisoned === poisoned),
      ),
      0.99,
    ),
  );
  return [
    {
      promise:
        '5 % poison, twice for 10 s: p99 of healthy orders, from the request to the effect (work of 20–80 ms)',
      needed: '< 2 × that of the 10 s before each',
      measured: `${with5Percent.toFixed(0)} ms : ${without.toFixed(0)} ms = ${(with5Percent / without).toFixed(2)} (${letters.length} dead letters)`,
      passed: with5Percent < 2 * without,
    },
  ];
}
