import { Kafka, logLevel, type Admin } from 'kafkajs';
import type { Logger } from '../../src/application/ports/logger.js';
import { createKafkaClient } from '../../src/infrastructure/messaging/kafka/kafka-client.js';
import { KafkaDeadLetterTopic } from '../../src/infrastructure/messaging/kafka/kafka-dead-letter-topic.js';
import { KafkaDeadLetters } from '../../src/infrastructure/messaging/kafka/kafka-dead-letters.js';
import { applyKafkajsRepairs } from '../../src/infrastructure/messaging/kafka/kafkajs-repairs.js';
import { LaneProducers } from '../../src/infrastructure/messaging/kafka/lane-producers.js';
import { silentLogger } from './silent-logger.js';

export interface KafkaDeadLettersOptions {
  readonly deadlineMs?: number;
  readonly silenceMs?: number;
  readonly logger?: Logger;
}

export interface KafkaDeadLettersBed {
  /** Past any proxy. */
  readonly admin: Admin;
  readonly fresh: Kafka;
  createTopic(topic: string, partitions: number): Promise<void>;
  /** The bed closes it at the end. */
  open(topic: string, options?: KafkaDeadLettersOptions): KafkaDeadLetters;
  close(): Promise<void>;
}

/** Adapters connect to `brokers`, perhaps a proxy; the bed itself looks past it, at `directBrokers`. */
export async function startKafkaDeadLettersBed(
  brokers: readonly string[],
  directBrokers = brokers,
): Promise<KafkaDeadLettersBed> {
  applyKafkajsRepairs();
  const fresh = new Kafka({ brokers: [...directBrokers], logLevel: logLevel.NOTHING, clientId: 'test' });
  const admin = fresh.admin();
  await admin.connect();
  const newClient = () =>
    createKafkaClient({ brokers, clientId: 'under-test', requestTimeoutMs: 2_000 }, silentLogger);
  const adminUnderTest = newClient().kafka.admin();
  const opened: KafkaDeadLetters[] = [];
  const topicOf = (by: Admin, topic: string, partitions = 1) =>
    new KafkaDeadLetterTopic(by, { topic, partitions, replicationFactor: 1 }, silentLogger);
  return {
    admin,
    fresh,
    createTopic: (topic, partitions) => topicOf(admin, topic).ensure(partitions),
    open: (topic, { deadlineMs = 20_000, silenceMs = 20_000, logger = silentLogger } = {}) => {
      const deadLetters = new KafkaDeadLetters(
        { topic, deadlineMs, silenceMs },
        new LaneProducers(newClient, silentLogger),
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
