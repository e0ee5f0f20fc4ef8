import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import type {
  DeadLetter,
  DeadLetterFilter,
  DeadLetterOrder,
  DeadLetterStore,
  Origin,
} from '../engine/dead-letters.js';
import { aDeadLetter } from './a-dead-letter.js';
import type { TestBroker, TestDeadLetters } from './test-broker.js';

export const PARTITIONS = 5;

/** An empty store for each test, on one broker. */
export function storePerTest(startBroker: () => Promise<TestBroker>): TestDeadLetters {
  let broker: TestBroker;
  let current: TestDeadLetters;
  beforeAll(async () => {
    broker = await startBroker();
  });
  beforeEach(async () => {
    current = await broker.deadLetterStore(PARTITIONS);
  });
  afterAll(() => broker.close());
  const forward = (which: keyof TestDeadLetters): DeadLetterStore => ({
    add: (deadLetter) => current[which].add(deadLetter),
    list: (...asked) => current[which].list(...asked),
    resolve: (origin, resolution) => current[which].resolve(origin, resolution),
  });
  return { deadLetters: forward('deadLetters'), neighbour: forward('neighbour') };
}

/** Adds dead letters one after another: by default of the offsets from 0 on. */
export async function addTo(
  store: DeadLetterStore,
  count: number,
  nth = (n: number) => aDeadLetter({ offset: String(n) }),
): Promise<DeadLetter[]> {
  const added = Array.from({ length: count }, (_, n) => nth(n));
  for (const each of added) await store.add(each);
  return added;
}

export async function listed(
  store: DeadLetterStore,
  filter: DeadLetterFilter = {},
  limit?: number,
  order?: DeadLetterOrder,
): Promise<DeadLetter[]> {
  const found: DeadLetter[] = [];
  for await (const each of (await store.list(filter, limit, order)).deadLetters) found.push(each);
  return found;
}

/** Sorted, so that they can be compared as multisets. */
export function identities(of: readonly { readonly origin: Origin }[]): string[] {
  return of.map(({ origin: { topic, partition, offset } }) => `${topic}/${partition}/${offset}`).sort();
}
