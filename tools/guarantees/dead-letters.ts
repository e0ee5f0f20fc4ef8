import { DEAD_LETTER_REASONS } from '../../src/application/ports/dead-letters.js';
import { KafkaMessaging } from '../../packages/delivery/src/kafka/kafka-messaging.js';
import type {
  DeadLetterList,
  DeadLetterOutcome,
} from '../../src/interfaces/http/dead-letters/dead-letter-dtos.js';
import { aDeadLetter } from '../../test/support/a-dead-letter.js';
import { Installation } from '../../test/support/installation.js';
import { silentLogger } from '../../packages/delivery/src/contract/silent-logger.js';
import type { Bench } from './bench.js';
import { percentile } from './figures.js';
import { within, type Row } from './rows.js';

const PARTITIONS = 5;
const DEAD_LETTERS = 100_000;
const ADDED_AT_ONCE = 2_000;
const FIRST = 20_000;
/** As the command line sends them. */
const EACH_REQUEST = 1_000;

/** An API alone, which has listed none before. */
export async function deadLettersInBulk(bench: Bench): Promise<Row[]> {
  return [...(await resolveAll(bench, 'Discard')), ...(await resolveAll(bench, 'Redrive'))];
}

async function resolveAll(bench: Bench, operation: 'Discard' | 'Redrive'): Promise<Row[]> {
  const { brokers } = bench.kafka;
  const environment = { OPERATIONS_API: 'on' };
  const options = { brokers, databaseUrl: bench.postgres.url, environment, keeps: () => false };
  const service = await Installation.start(options, 0);
  try {
    await fill(brokers, service.topic);
    const api = `${service.url}/api/DeadLetter`;
    const cold = await listed(api);
    const warm: number[] = [];
    for (let time = 0; time < 9; time++) warm.push(await listed(api));
    const startedAt = performance.now();
    const took = { first: 0, all: 0 };
    for (let done = 0; done < DEAD_LETTERS;) {
      done += await resolve(`${api}/${operation}`);
      took.all = performance.now() - startedAt;
      if (took.first === 0 && done >= FIRST) took.first = took.all;
    }
    const perSecond = (DEAD_LETTERS * 1_000) / took.all;
    const what = `${operation} of ${DEAD_LETTERS} dead letters`;
    return [
      within(`${what}: 50 listed before, by a process that has listed none`, 2_000, cold),
      within(`${what}: 50 listed again (the median of 9)`, 100, percentile(warm, 0.5)),
      within(`${what}: the first ${FIRST}`, 6_000, took.first),
      {
        promise: `${what}: each second`,
        needed: '≥ 5000',
        measured: perSecond.toFixed(0),
        passed: perSecond >= 5_000,
      },
    ];
  } finally {
    await service.stop();
  }
}

async function listed(api: string): Promise<number> {
  const startedAt = performance.now();
  const { deadLetters } = (await (await fetch(`${api}?limit=50`)).json()) as DeadLetterList;
  if (deadLetters.length !== 50) throw new Error(`${deadLetters.length} of 50 dead letters were listed`);
  return performance.now() - startedAt;
}

async function resolve(url: string): Promise<number> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ all: true, limit: EACH_REQUEST }),
  });
  const { resolved } = (await response.json()) as DeadLetterOutcome;
  if (!(resolved > 0)) throw new Error(`nothing was resolved: ${response.status}`);
  return resolved;
}

async function fill(brokers: readonly string[], topic: string): Promise<void> {
  const messaging = new KafkaMessaging(
    {
      brokers,
      clientId: 'bulk',
      topic,
      partitions: PARTITIONS,
      replicationFactor: 1,
      reasons: DEAD_LETTER_REASONS,
      publishDeadlineMs: 20_000,
    },
    silentLogger,
  );
  await messaging.start(); // the API may be about to make the topics
  const numbers = Array.from({ length: DEAD_LETTERS }, (_, number) => number).values();
  const add = async (): Promise<void> => {
    for (const number of numbers) {
      const offset = String(Math.floor(number / PARTITIONS));
      const { message } = aDeadLetter({ offset: String(number) });
      await messaging.deadLetters.add(
        aDeadLetter({ topic, partition: number % PARTITIONS, offset }, { message }),
      );
    }
  };
  await Promise.all(Array.from({ length: ADDED_AT_ONCE }, add));
  await messaging.stop();
}
