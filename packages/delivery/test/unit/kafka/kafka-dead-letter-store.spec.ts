import { beforeEach, describe, expect, it } from '@jest/globals';
import { KafkaDeadLetterStore } from '../../../src/kafka/kafka-dead-letter-store.js';
import { PartitionProducer } from '../../../src/kafka/partition-producer.js';
import { PartitionSenders } from '../../../src/kafka/partition-senders.js';
import { TopicReader } from '../../../src/kafka/topic-reader.js';
import { aDeadLetter, REASONS, type Reason } from '../../../src/contract/a-dead-letter.js';
import { silentLogger } from '../../../src/contract/silent-logger.js';
import { settled, StubProducers } from '../../support/stub-producers.js';

const SETTINGS = { reasons: REASONS, topic: 'orders.dlq' };

let producers: StubProducers;
let partitionsKnown: () => void;
let deadLetters: KafkaDeadLetterStore<Reason>;

beforeEach(() => {
  producers = new StubProducers();
  const growing = new Promise<void>((resolve) => {
    partitionsKnown = resolve;
  });
  deadLetters = new KafkaDeadLetterStore(
    SETTINGS,
    new PartitionSenders(
      { topic: 'orders.dlq', deadlineMs: 4_500, maxBatchBytes: 1_000_000 },
      () => new PartitionProducer(producers.newClient(), silentLogger),
    ),
    new TopicReader({ topic: 'orders.dlq', silenceMs: 4_500 }, producers.newClient),
    { growTo: () => growing },
    silentLogger,
  );
});

describe('dead letters on Kafka that are closed', () => {
  it.each(['add', 'resolve'] as const)(
    'leave no producer open for a call of %s that waits for the partitions',
    async (operation) => {
      const deadLetter = aDeadLetter();
      const adding =
        operation === 'add'
          ? deadLetters.add(deadLetter)
          : deadLetters.resolve(deadLetter.origin, 'redriven');
      const closing = deadLetters.close();
      await settled();
      partitionsKnown();
      await settled();
      producers.made[0]?.sends[0]?.respond({ partition: deadLetter.origin.partition, baseOffset: '0' });
      await Promise.allSettled([adding, closing]);
      await settled();

      const open = producers.made.filter(({ disconnects }) => disconnects === 0);
      expect(open).toEqual([]);
    },
  );

  it('take nothing more', async () => {
    await deadLetters.close();
    partitionsKnown();

    const closed = { name: 'DeadLettersUnavailable' };
    await expect(deadLetters.add(aDeadLetter())).rejects.toMatchObject(closed);
    await expect(deadLetters.list({})).rejects.toMatchObject(closed);
    expect(producers.made).toEqual([]);
  });
});
