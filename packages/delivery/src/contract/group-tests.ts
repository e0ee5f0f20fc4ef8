import { afterAll, beforeAll, it } from '@jest/globals';
import type { Disposition, RecordHandler } from '../engine/record-handler.js';
import type { ReceivedRecord } from '../engine/record-source.js';
import { ConsumerGroupHarness } from './consumer-group-harness.js';
import type { TestBroker, TestTopic } from './test-broker.js';

export const PARTITIONS = 5;

type GroupTest = (group: ConsumerGroupHarness, topic: TestTopic) => Promise<void>;

/** Tests on one broker, each with a topic and a group of its own. */
export function groupTests(startBroker: () => Promise<TestBroker>): (title: string, test: GroupTest) => void {
  let broker: TestBroker;
  beforeAll(async () => {
    broker = await startBroker();
  });
  afterAll(() => broker.close());
  return (title, test) => {
    it(title, async () => {
      const topic = await broker.topic(PARTITIONS);
      const group = new ConsumerGroupHarness(topic);
      try {
        await test(group, topic);
      } finally {
        await group.stop();
      }
    });
  };
}

export const DEAD_LETTER = { kind: 'dead-letter', reason: 'exhausted', mayBeOutage: false } as const;
export const retry = (delayMs: number) => ({ kind: 'retry', delayMs, mayBeOutage: false }) as const;
export const forEver = () => new Promise<void>(() => undefined);

/** A handler that fails each attempt for which `fails` says so, and what becomes of the record after attempt number `attempt`. */
export function failing(
  fails: (record: ReceivedRecord, attempt: number) => boolean,
  decide: (attempt: number) => Disposition,
): Pick<RecordHandler, 'handle' | 'decide'> {
  return {
    handle: async (record, { number }) => {
      if (fails(record, number)) throw new Error('not yet');
    },
    decide: (_error, _record, attempt) => decide(attempt),
  };
}
