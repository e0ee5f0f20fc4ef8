import { ContainerModule } from 'inversify';
import type { Admin } from 'kafkajs';
import type { Logger } from '../../application/ports/logger.js';
import { before } from '../../infrastructure/messaging/kafka/deadline.js';
import { KafkaCheck } from '../../infrastructure/messaging/kafka/kafka-check.js';
import { createKafkaClient, type KafkaClient } from '../../infrastructure/messaging/kafka/kafka-client.js';
import { KafkaDeadLetterTopic } from '../../infrastructure/messaging/kafka/kafka-dead-letter-topic.js';
import { KafkaDeadLetters } from '../../infrastructure/messaging/kafka/kafka-dead-letters.js';
import { KafkaMessagePublisher } from '../../infrastructure/messaging/kafka/kafka-message-publisher.js';
import { isBrokerAway, KafkaTopics } from '../../infrastructure/messaging/kafka/kafka-topics.js';
import { withGroupHooks } from '../../infrastructure/messaging/kafka/kafkajs-group-repairs.js';
import { applyKafkajsRepairs } from '../../infrastructure/messaging/kafka/kafkajs-repairs.js';
import { LaneProducers } from '../../infrastructure/messaging/kafka/lane-producers.js';
import { KafkaRecordSource } from '../../interfaces/messaging/kafka/kafka-record-source.js';
import type { Config } from '../config.js';
import {
  ADMIN_DISCONNECT_MS,
  MAX_MESSAGE_BYTES,
  MAX_QUEUED_BYTES,
  MAX_QUEUED_MESSAGES,
  PUBLISH_DEADLINE_MS,
} from '../limits.js';
import { TOKENS, type Lifecycle } from '../tokens.js';

const RETENTION_MS = 30 * 24 * 60 * 60 * 1_000;
const LISTING_SILENCE_MS = 10_000;

/** Messages in Apache Kafka. */
export function kafkaModule(config: Config, logger: Logger): ContainerModule {
  applyKafkajsRepairs();
  const newClient = (purpose: string, requestTimeoutMs: number): KafkaClient =>
    createKafkaClient(
      { brokers: config.KAFKA_BROKERS ?? [], clientId: `order-service-${purpose}`, requestTimeoutMs },
      logger,
    );
  const adminClient = newClient('admin', 5_000);
  const admin = adminClient.kafka.admin({ retry: { initialRetryTime: 100, maxRetryTime: 500, retries: 5 } });
  const topics = topicsOf(config, admin, logger);
  const publisher = new KafkaMessagePublisher(
    {
      topic: config.KAFKA_TOPIC,
      deadlineMs: PUBLISH_DEADLINE_MS,
      maxMessageBytes: MAX_MESSAGE_BYTES,
      maxQueuedMessages: MAX_QUEUED_MESSAGES,
      maxQueuedBytes: MAX_QUEUED_BYTES,
    },
    new LaneProducers(() => newClient('publisher', 2_000), logger),
    () => topics.orders.partitionCount(),
  );
  const deadLetters = new KafkaDeadLetters(
    {
      topic: deadLetterTopicOf(config),
      deadlineMs: PUBLISH_DEADLINE_MS,
      silenceMs: LISTING_SILENCE_MS,
    },
    new LaneProducers(() => newClient('dead-letters', 2_000), logger),
    () => newClient('dead-letters-reader', 5_000),
    topics.deadLetters,
    logger,
  );
  const source = new KafkaRecordSource(
    {
      topic: config.KAFKA_TOPIC,
      groupId: config.KAFKA_GROUP,
      sessionTimeoutMs: config.SESSION_TIMEOUT_MS,
      heartbeatIntervalMs: config.HEARTBEAT_INTERVAL_MS,
      rebalanceTimeoutMs: config.SESSION_TIMEOUT_MS + config.REBALANCE_DRAIN_MS,
    },
    () => newClient(`consumer-${config.REPLICA_ID}`, 5_000),
    admin,
    withGroupHooks,
    logger,
  );
  const lifecycle: Lifecycle = {
    start: async () => {
      publisher.start();
      await topics.ensure();
    },
    isAway: isBrokerAway,
    stop: async () => {
      await Promise.all([publisher.close(), deadLetters.close()]);
      await before(performance.now() + ADMIN_DISCONNECT_MS, admin.disconnect()).catch((error: unknown) => {
        logger.debug('the admin client did not disconnect cleanly', { error });
      });
      adminClient.destroy();
    },
  };
  return new ContainerModule(({ bind }) => {
    bind(TOKENS.publisher).toConstantValue(publisher);
    bind(TOKENS.deadLetters).toConstantValue(deadLetters);
    bind(TOKENS.recordSource).toConstantValue(source);
    bind(TOKENS.messagingChecks).toConstantValue([new KafkaCheck(admin, adminClient)]);
    bind(TOKENS.messaging).toConstantValue(lifecycle);
  });
}

/** The topics, and what creates or checks both of them. */
export function topicsOf(config: Config, admin: Admin, logger: Logger) {
  const { KAFKA_TOPIC: topic, KAFKA_PARTITIONS: partitions } = config;
  const replicationFactor = config.KAFKA_REPLICATION_FACTOR;
  const orders = new KafkaTopics(
    admin,
    { topic, partitions, replicationFactor, retentionMs: RETENTION_MS },
    logger,
  );
  const deadLetters = new KafkaDeadLetterTopic(
    admin,
    { topic: deadLetterTopicOf(config), partitions, replicationFactor },
    logger,
  );
  const ensure = async (): Promise<void> => {
    await deadLetters.ensure(await orders.ensure());
  };
  return { orders, deadLetters, ensure };
}

export function deadLetterTopicOf({ KAFKA_TOPIC }: Config): string {
  return `${KAFKA_TOPIC}.dlq`;
}
