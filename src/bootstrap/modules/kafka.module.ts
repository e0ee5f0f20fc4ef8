import { KafkaMessaging } from '@order-service/delivery/kafka';
import type { Logger } from '../../application/ports/logger.js';
import { DEAD_LETTER_REASONS } from '../../application/ports/dead-letters.js';
import type { Config } from '../config/config.js';
import {
  MAX_MESSAGE_BYTES,
  MAX_QUEUED_BYTES,
  MAX_QUEUED_MESSAGES,
  PUBLISH_DEADLINE_MS,
} from '../config/limits.js';

const RETENTION_MS = 30 * 24 * 60 * 60 * 1_000;

/** Messages in Apache Kafka. */
export function kafkaMessaging(config: Config, logger: Logger) {
  return new KafkaMessaging(
    {
      brokers: config.KAFKA_BROKERS ?? [],
      clientId: 'order-service',
      topic: config.KAFKA_TOPIC,
      partitions: config.KAFKA_PARTITIONS,
      replicationFactor: config.KAFKA_REPLICATION_FACTOR,
      retentionMs: RETENTION_MS,
      reasons: DEAD_LETTER_REASONS,
      publishDeadlineMs: PUBLISH_DEADLINE_MS,
      maxMessageBytes: MAX_MESSAGE_BYTES,
      maxQueuedMessages: MAX_QUEUED_MESSAGES,
      maxQueuedBytes: MAX_QUEUED_BYTES,
    },
    logger,
  );
}
