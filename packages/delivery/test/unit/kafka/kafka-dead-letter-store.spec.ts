import { beforeEach, describe, expect, it } from '@jest/globals';
import { KafkaDeadLetterStore } from '../../../src/kafka/kafka-dead-letter-store.js';
import { TopicReader } from '../../../src/kafka/topic-reader.js';
import { TopicSender } from '../../../src/kafka/topic-sender.js';
import { aDeadLetter, REASONS, type Reason } from '../../../src/contract/a-dead-letter.js';
import { silentLogger } from '../../../src/contract/silent-logger.js';
import { settled } from '../../support/settled.js';
import { StubBrokers } from '../../support/stub-brokers.js';

const SETTINGS = { reasons: REASONS, topic: 'orders.dlq' };

let brokers: StubBrokers;
let partitionsKnown: () => void;
let deadLetters: KafkaDeadLetterStore<Reason>;

beforeEach(() => {
  brokers = new StubBrokers();
  const growing = new Promise<void>((resolve) => {
    partitionsKnown = resolve;
  });
  const sending = { topic: 'orders.dlq', deadlineMs: 4_500, maxBatchBytes: 1_000_000 };
  deadLetters = new KafkaDeadLetterStore(
    SETTINGS,
    new TopicSender(sending, brokers),
    new TopicReader({ topic: 'orders.dlq', silenceMs: 4_500 }, () => {
      throw new Error('nothing reads here');
    }),
    { growTo: () => growing },
    silentLogger,
  );
});

describe('dead letters on Kafka that are closed', () => {
  it.each(['add', 'resolve'] as const)(
    'let the brokers go after a call of %s that waits for the partitions',
    async (operation) => {
      const deadLetter = aDeadLetter();
      const { partition } = deadLetter.origin;
      brokers.leaders.set(partition, 'one');
      const adding =
        operation === 'add'
          ? deadLetters.add(deadLetter)
          : deadLetters.resolve(deadLetter.origin, 'redriven');
      const closing = deadLetters.close();
      await settled();
      partitionsKnown();
      await settled();
      expect(brokers.isClosed).toBe(false);
      brokers.last.respond({ [partition]: 0n });
      await Promise.all([adding, closing]);

      expect(brokers.isClosed).toBe(true);
    },
  );

  it('take nothing more', async () => {
    await deadLetters.close();
    partitionsKnown();

    const closed = { name: 'DeadLettersUnavailable' };
    await expect(deadLetters.add(aDeadLetter())).rejects.toMatchObject(closed);
    await expect(deadLetters.list({})).rejects.toMatchObject(closed);
    expect(brokers.requests).toEqual([]);
  });
});
