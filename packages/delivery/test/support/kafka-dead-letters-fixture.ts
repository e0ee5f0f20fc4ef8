import { Kafka, logLevel, type Admin } from 'kafkajs';
import type { Logger } from '../../src/engine/logger.js';
import { createKafkaClient } from '../../src/kafka/kafka-client.js';
import { KafkaDeadLetterTopic } from '../../src/kafka/kafka-dead-letter-topic.js';
import { KafkaDeadLetterStore } from '../../src/kafka/kafka-dead-letter-store.js';
import { applyKafkajsPatches } from '../../src/kafka/kafkajs-patches.js';
import { PartitionProducers } from '../../src/kafka/partition-producers.js';
import { REASONS, type Reason } from '../../src/contract/a-dead-letter.js';
import { silentLogger } from '../../src/contract/silent-logger.js';

export interface KafkaDeadLettersOptions {
  readonly deadlineMs?: number;
  readonly silenceMs?: number;
  readonly logger?: Logger;
}

export interface KafkaDeadLettersFixture {
  /** Past any proxy. */
  readonly admin: Admin;
  readonly fresh: Kafka;
  createTopic(topic: string, partitions: number): Promise<void>;
  /** The bed closes it at the end. */
  open(topic: string, options?: KafkaDeadLettersOptions): KafkaDeadLetterStore<Reason>;
  close(): Promise<void>;
}

/** Adapters connect to `brokers`, perhaps a proxy; the bed itself looks past it, at `directBrokers`. */
export async function startKafkaDeadLettersFixture(
  brokers: readonly string[],
  directBrokers = brokers,
): Promise<KafkaDeadLettersFixture> {
  applyKafkajsPatches();
  const fresh = new Kafka({ brokers: [...directBrokers], logLevel: logLevel.NOTHING, clientId: 'test' });
  const admin = fresh.admin();
  await admin.connect();
  const newClient = () =>
    createKafkaClient({ brokers, clientId: 'under-test', requestTimeoutMs: 2_000 }, silentLogger);
  const adminUnderTest = newClient().kafka.admin();
  const opened: KafkaDeadLetterStore<Reason>[] = [];
  const topicOf = (by: Admin, topic: string, partitions = 1) =>
    new KafkaDeadLetterTopic(by, { topic, partitions, replicationFactor: 1 }, silentLogger);
  return {
    admin,
    fresh,
    createTopic: (topic, partitions) => topicOf(admin, topic).ensure(partitions),
    open: (topic, { deadlineMs = 20_000, silenceMs = 20_000, logger = silentLogger } = {}) => {
      const deadLetters = new KafkaDeadLetterStore(
        { topic, reasons: REASONS, deadlineMs, silenceMs },
        new PartitionProducers(newClient, silentLogger),
        newClient,
        topicOf(adminUnderTest, topic),
        logger,
      );
      opened.push(deadLetters);
      return deadLetters;
    },
    close: async () => {
      await Promise.all(opened.map((each) => each.close()));
      await adminUnderTest.disconnect();
      await admin.disconnect();
    },
  };
}
