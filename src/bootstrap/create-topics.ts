import { WinstonLogger } from '../infrastructure/logging/winston-logger.js';
import { loadOrExit } from './config/environment.js';
import { loadTopicsConfig } from './config/load-config.js';
import { createKafkaMessaging } from './modules/kafka.module.js';

/** Creates the topics, or checks them, and ends: a step of its own in compose and in deployments. */
const config = loadOrExit(loadTopicsConfig);
const logger = WinstonLogger.create(config.log);
const { topic, partitions, replicationFactor } = config.messaging;
const { page } = config;
const messaging = createKafkaMessaging(config.messaging, logger);
try {
  await messaging.start();
  const feeds = page.kind === 'on' ? [page.status, page.commands] : [];
  for (const each of feeds) await messaging.ensureFeed(each);
  const ofPage = feeds.map((each) => each.topic);
  logger.info('the topics are as they should be', { topics: [topic, messaging.deadLetterTopic, ...ofPage] });
} catch (error) {
  const wanted = {
    KAFKA_TOPIC: topic,
    KAFKA_PARTITIONS: partitions,
    KAFKA_REPLICATION_FACTOR: replicationFactor,
  };
  logger.error('the topics are not as they should be', { ...wanted, error });
  process.exitCode = 1;
} finally {
  await messaging.stop();
}
