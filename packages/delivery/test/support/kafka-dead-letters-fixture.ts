import { Kafka, logLevel, type Admin } from 'kafkajs';
import type { Reason } from '../../src/contract/a-dead-letter.js';
import { silentLogger } from '../../src/contract/silent-logger.js';
import type { Logger } from '../../src/engine/logger.js';
import { KafkaDeadLetterTopic } from '../../src/kafka/kafka-dead-letter-topic.js';
import type { KafkaDeadLetterStore } from '../../src/kafka/kafka-dead-letter-store.js';
import type { KafkaMessaging } from '../../src/kafka/kafka-messaging.js';
import { kafkaMessaging } from './kafka-messaging.js';

export interface KafkaDeadLettersOptions {
  readonly deadlineMs?: number;
  readonly logger?: Logger;
}

export interface KafkaDeadLettersFixture {
  /** Past any proxy. */
  readonly admin: Admin;
  readonly fresh: Kafka;
  /** `topic` is the dead-letter topic itself: its name ends with `.dlq`. */
  createTopic(topic: string, partitions: number): Promise<void>;
  /** The fixture closes it at the end. */
  open(topic: string, options?: KafkaDeadLettersOptions): KafkaDeadLetterStore<Reason>;
  close(): Promise<void>;
}

/** Adapters connect to `brokers`, perhaps a proxy; the fixture itself looks past it, at `directBrokers`. */
export async function startKafkaDeadLettersFixture(
  brokers: readonly string[],
  directBrokers = brokers,
): Promise<KafkaDeadLettersFixture> {
  const fresh = new Kafka({ brokers: [...directBrokers], logLevel: logLevel.NOTHING, clientId: 'test' });
  const admin = fresh.admin();
  await admin.connect();
  const opened: KafkaMessaging<Reason>[] = [];
  return {
    admin,
    fresh,
    createTopic: (topic, partitions) =>
      new KafkaDeadLetterTopic(admin, { topic, replicationFactor: 1 }, silentLogger).ensure(partitions),
    open: (topic, { deadlineMs = 20_000, logger } = {}) => {
      const settings = { brokers, topic: topic.replace(/\.dlq$/, ''), publishDeadlineMs: deadlineMs };
      const messaging = kafkaMessaging(settings, logger);
      opened.push(messaging);
      return messaging.deadLetters;
    },
    close: async () => {
      await Promise.all(opened.map((each) => each.stop()));
      await admin.disconnect();
    },
  };
}
