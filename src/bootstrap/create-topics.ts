import { createKafkaClient } from '../infrastructure/messaging/kafka/kafka-client.js';
import { loadedConfig, loggerOf } from './environment.js';
import { topicsOf } from './modules/kafka.module.js';

/** Creates the topic, or checks it, and ends: a step of its own in compose and in deployments. */
const config = loadedConfig('KAFKA_BROKERS');
const logger = loggerOf(config);
const client = createKafkaClient(
  { brokers: config.KAFKA_BROKERS ?? [], clientId: 'order-service-topics', requestTimeoutMs: 5_000 },
  logger,
);
const admin = client.kafka.admin();
try {
  await topicsOf(config, admin, logger).ensure();
  logger.info('the topic is as it should be', { topic: config.KAFKA_TOPIC });
} catch (error) {
  logger.error('the topic is not as it should be', { error });
  process.exitCode = 1;
} finally {
  await admin.disconnect();
}
