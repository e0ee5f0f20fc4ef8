import { REASONS, type Reason } from '../../src/contract/a-dead-letter.js';
import { silentLogger } from '../../src/contract/silent-logger.js';
import type { Logger } from '../../src/engine/logger.js';
import { KafkaMessaging, type KafkaMessagingSettings } from '../../src/kafka/kafka-messaging.js';

type Settings = KafkaMessagingSettings<Reason>;

/** A topic on Kafka as a service has it, with settings for tests. */
export function kafkaMessaging(
  settings: Pick<Settings, 'brokers' | 'topic'> & Partial<Settings>,
  logger: Logger = silentLogger,
): KafkaMessaging<Reason> {
  const defaults = {
    clientId: 'under-test',
    partitions: 1,
    replicationFactor: 1,
    reasons: REASONS,
  };
  return new KafkaMessaging({ ...defaults, ...settings }, logger);
}
