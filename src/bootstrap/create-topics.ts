import { createKafkaClient } from '../infrastructure/messaging/kafka/kafka-client.js';
import { loadedConfig, loggerOf } from './environment.js';
import { deadLetterTopicOf, topicsOf } from './modules/kafka.module.js';

/** Creates the topics, or checks them, and ends: a step of its own in compose and in deployments. */
const config = loadedConfig('KAFKA_BROKERS');
const logger = loggerOf(config);
const client = createKafkaClient(
  { brokers: config.KAFKA_BROKERS ?? [], clientId: 'order-service-topics', requestTimeoutMs: 5_000 },
  logger,
);
const admin = client.kafka.admin();
try {
  await topicsOf(config, admin, logger).ensure();
  logger.info('the topics are as they should be', {
    topics: [config.KAFKA_TOPIC, deadLetterTopicOf(config)],
  });
} catch (error) {
  logger.error('the topics are not as they should be', { error });
  process.exitCode = 1;
} finally {
  await admin.disconnect();
}
