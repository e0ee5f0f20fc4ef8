import { InMemoryMessaging } from '@order-service/delivery/in-memory';
import { ContainerModule } from 'inversify';
import { DeliveryDeadLetters } from '../../infrastructure/delivery/delivery-dead-letters.js';
import { DeliveryMessagePublisher } from '../../infrastructure/delivery/delivery-message-publisher.js';
import type { DeadLetterReason } from '../../application/ports/dead-letters.js';
import { MAX_MESSAGE_BYTES } from '../config/limits.js';
import { TOKENS } from '../tokens.js';
import { kafkaMessaging } from './kafka.module.js';

/** Messages in Kafka, or in the memory of this process: the embedded default. */
export const messagingModule = new ContainerModule(({ bind }) => {
  const { config, logger, messaging } = TOKENS;
  bind(messaging).toResolvedValue(
    (settings, log) =>
      settings.MESSAGING === 'kafka'
        ? kafkaMessaging(settings, log)
        : new InMemoryMessaging<DeadLetterReason>({
            topic: settings.KAFKA_TOPIC,
            partitions: settings.KAFKA_PARTITIONS,
            maxMessageBytes: MAX_MESSAGE_BYTES,
          }),
    [config, logger],
  );
  bind(TOKENS.publisher).toResolvedValue((m) => new DeliveryMessagePublisher(m.publisher), [messaging]);
  bind(TOKENS.deadLetters).toResolvedValue((m) => new DeliveryDeadLetters(m.deadLetters), [messaging]);
  bind(TOKENS.recordSource).toResolvedValue(
    (m, { KAFKA_GROUP, SESSION_TIMEOUT_MS, HEARTBEAT_INTERVAL_MS, REBALANCE_DRAIN_MS }) =>
      m.source({
        groupId: KAFKA_GROUP,
        sessionTimeoutMs: SESSION_TIMEOUT_MS,
        heartbeatIntervalMs: HEARTBEAT_INTERVAL_MS,
        rebalanceTimeoutMs: SESSION_TIMEOUT_MS + REBALANCE_DRAIN_MS,
      }),
    [messaging, config],
  );
  bind(TOKENS.messagingChecks).toResolvedValue((m) => [m], [messaging]);
});
