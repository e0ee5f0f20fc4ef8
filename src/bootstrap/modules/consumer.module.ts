import { systemTimers, type DeliveryObserver } from '@order-service/delivery';
import { ContainerModule } from 'inversify';
import { OrderConsumer } from '../../interfaces/messaging/order-consumer.js';
import { OrderMessageHandler } from '../../interfaces/messaging/order-message-handler.js';
import type { ConsumerConfig } from '../config/config.js';
import { Replicas } from '../replicas.js';
import { TOKENS } from '../tokens.js';

/** The consumer replicas of this process. */
export function consumerModule(config: ConsumerConfig): ContainerModule {
  const { replicas, replicaPrefix, group, delivery, retryPolicy } = config;
  return new ContainerModule(({ bind }) => {
    const { recordSource, processOrder, parkOrder, deadLetters, clock, logger, onFatal } = TOKENS;
    const { observeDelivery, traceHandler, newReporter } = TOKENS;
    bind(TOKENS.replicas).toResolvedValue(
      (source, process, park, deadLetters, wallClock, log, onFailure, observe, traced, reporterOf) =>
        new Replicas(replicas, replicaPrefix, (replica) => {
          const own = log.with({ replica });
          const settings = { replica, consumerGroup: group.groupId, retryPolicy };
          const reporter = reporterOf(replica);
          const { onProcessed } = reporter ?? {};
          const handler = new OrderMessageHandler(settings, process, park, deadLetters, own, onProcessed);
          const observer = both(observe(replica), reporter?.observer);
          const surroundings = { timers: systemTimers, clock: wallClock, logger: own, onFailure, observer };
          const handles = traced(handler, replica);
          return new OrderConsumer(replica, source, handles, delivery, surroundings, reporter);
        }),
      [
        ...([recordSource, processOrder, parkOrder, deadLetters, clock, logger, onFatal] as const),
        ...([observeDelivery, traceHandler, newReporter] as const),
      ],
    );
  });
}

/** The first one is told first. */
function both(
  first: DeliveryObserver | undefined,
  second: DeliveryObserver | undefined,
): DeliveryObserver | undefined {
  if (first === undefined || second === undefined) return first ?? second;
  return (event) => {
    first(event);
    second(event);
  };
}
