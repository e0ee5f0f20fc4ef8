import { loadedConfig, loggerOf } from './config/environment.js';
import { kafkaMessaging } from './modules/kafka.module.js';

/** Creates the topics, or checks them, and ends: a step of its own in compose and in deployments. */
const config = loadedConfig('KAFKA_BROKERS');
const logger = loggerOf(config);
const messaging = kafkaMessaging(config, logger);
try {
  await messaging.start();
  logger.info('the topics are as they should be', {
    topics: [config.KAFKA_TOPIC, messaging.deadLetterTopic],
  });
} catch (error) {
  logger.error('the topics are not as they should be', { error });
  process.exitCode = 1;
} finally {
  await messaging.stop();
}
