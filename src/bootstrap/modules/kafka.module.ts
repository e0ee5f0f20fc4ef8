import { KafkaMessaging } from '@order-service/delivery/kafka';
import { ContainerModule } from 'inversify';
import { DEAD_LETTER_REASONS } from '../../application/ports/dead-letters.js';
import type { Logger } from '../../application/ports/logger.js';
import type { KafkaConfig } from '../config/config.js';
import {
  DAY_MS,
  MAX_MESSAGE_BYTES,
  MAX_QUEUED_BYTES,
  MAX_QUEUED_MESSAGES,
  PUBLISH_DEADLINE_MS,
  TOPIC_RETENTION_DAYS,
} from '../config/limits.js';
import { TOKENS } from '../tokens.js';

/** Messages in Apache Kafka. */
export function kafkaModule(config: KafkaConfig, publishes: boolean): ContainerModule {
  return new ContainerModule(({ bind }) => {
    bind(TOKENS.messaging).toResolvedValue(
      (logger) => createKafkaMessaging(config, logger, publishes),
      [TOKENS.logger],
    );
  });
}

export function createKafkaMessaging(config: KafkaConfig, logger: Logger, publishes = false) {
  const { brokers, security, topic, partitions, replicationFactor } = config;
  return new KafkaMessaging(
    {
      brokers,
      security,
      publishes,
      clientId: 'order-service',
      topic,
      partitions,
      replicationFactor,
      retentionMs: TOPIC_RETENTION_DAYS * DAY_MS,
      reasons: DEAD_LETTER_REASONS,
      publishDeadlineMs: PUBLISH_DEADLINE_MS,
      maxMessageBytes: MAX_MESSAGE_BYTES,
      maxQueuedMessages: MAX_QUEUED_MESSAGES,
      maxQueuedBytes: MAX_QUEUED_BYTES,
    },
    logger,
  );
}
