import { systemTimers } from '@order-service/delivery';
import { ContainerModule } from 'inversify';
import { OrderConsumer } from '../../interfaces/messaging/order-consumer.js';
import { OrderMessageHandler } from '../../interfaces/messaging/order-message-handler.js';
import type { ConsumerConfig } from '../config/config.js';
import { TOKENS } from '../tokens.js';

/** The consumer replicas of this process. */
export function consumerModule({ replicas, group, delivery, retryPolicy }: ConsumerConfig): ContainerModule {
  return new ContainerModule(({ bind }) => {
    const { recordSource, processOrder, parkOrder, deadLetters, clock, logger, onFatal } = TOKENS;
    bind(TOKENS.consumers).toResolvedValue(
      (source, process, park, deadLetters, wallClock, log, onFailure) =>
        replicas.map((replica) => {
          const own = log.with({ replica });
          const settings = { replica, consumerGroup: group.groupId, retryPolicy };
          const handler = new OrderMessageHandler(settings, process, park, deadLetters, own);
          const surroundings = { timers: systemTimers, clock: wallClock, logger: own, onFailure };
          return new OrderConsumer(replica, source, handler, delivery, surroundings);
        }),
      [recordSource, processOrder, parkOrder, deadLetters, clock, logger, onFatal],
    );
  });
}
