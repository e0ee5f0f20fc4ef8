import { ContainerModule } from 'inversify';
import { systemTimers, type DeliverySettings } from '@order-service/delivery';
import { OrderConsumer } from '../../interfaces/messaging/order-consumer.js';
import { OrderMessageHandler } from '../../interfaces/messaging/order-message-handler.js';
import { consumersOf, type Config } from '../config/config.js';
import { TOKENS } from '../tokens.js';

/** Between trials of a dependency that is unavailable, and between tries to write a dead letter; it doubles. */
const DEPENDENCY_RETRY_INITIAL_MS = 200;
const DEPENDENCY_RETRY_MAX_MS = 30_000;

/** The consumer replicas of this process. Several in one process are numbered. */
export function consumerModule(config: Config): ContainerModule {
  const count = consumersOf(config);
  const replicas = Array.from({ length: count }, (_, index) =>
    count === 1 ? config.REPLICA_ID : `${config.REPLICA_ID}-${index + 1}`,
  );
  return new ContainerModule(({ bind }) => {
    const { recordSource, processOrder, parkOrder, deadLetters, clock, logger, onFatal } = TOKENS;
    bind(TOKENS.consumers).toResolvedValue(
      (source, process, park, letters, wallClock, log, onFailure) =>
        replicas.map((replica) => {
          const own = log.with({ replica });
          const handler = new OrderMessageHandler(
            handlerSettings(replica, config),
            process,
            park,
            letters,
            own,
          );
          return new OrderConsumer(replica, source, handler, deliverySettings(config), {
            timers: systemTimers,
            clock: wallClock,
            logger: own,
            onFailure,
          });
        }),
      [recordSource, processOrder, parkOrder, deadLetters, clock, logger, onFatal],
    );
  });
}

function handlerSettings(replica: string, config: Config) {
  const { RETRY_MAX_ATTEMPTS, RETRY_INITIAL_MS, RETRY_MAX_MS, KAFKA_GROUP } = config;
  const retryPolicy = {
    maxAttempts: RETRY_MAX_ATTEMPTS,
    initialMs: RETRY_INITIAL_MS,
    maxMs: RETRY_MAX_MS,
  };
  return { replica, consumerGroup: KAFKA_GROUP, retryPolicy };
}

function deliverySettings(config: Config): DeliverySettings {
  return {
    concurrency: config.CONSUMER_CONCURRENCY,
    maxPendingRecords: config.CONSUMER_MAX_OPEN_RECORDS,
    maxPendingBytes: config.CONSUMER_MAX_OPEN_BYTES,
    commitIntervalMs: config.COMMIT_INTERVAL_MS,
    handlerTimeoutMs: config.HANDLER_TIMEOUT_MS,
    rejoinDrainMs: config.REBALANCE_DRAIN_MS,
    retryInitialMs: DEPENDENCY_RETRY_INITIAL_MS,
    retryMaxMs: DEPENDENCY_RETRY_MAX_MS,
  };
}
