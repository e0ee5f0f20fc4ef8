import { systemTimers } from '@order-service/delivery';
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
    const { watchReplica, traceHandler, newReporter } = TOKENS;
    bind(TOKENS.replicas).toResolvedValue(
      (source, process, park, deadLetters, wallClock, log, onFailure, watch, traced, reporterOf) =>
        new Replicas(replicas, replicaPrefix, (replica) => {
          const own = log.with({ replica });
          const settings = { replica, consumerGroup: group.groupId, retryPolicy };
          const reporter = reporterOf(replica);
          const watches = [watch(replica), reporter].filter((each) => each !== undefined);
          const observer = all(watches.map((each) => each.observer));
          const onProcessed = all(watches.map((each) => each.onProcessed));
          const handler = new OrderMessageHandler(settings, process, park, deadLetters, own, onProcessed);
          const surroundings = { timers: systemTimers, clock: wallClock, logger: own, onFailure, observer };
          const handles = traced(handler, replica);
          return new OrderConsumer(replica, source, handles, delivery, surroundings, reporter);
        }),
      [
        ...([recordSource, processOrder, parkOrder, deadLetters, clock, logger, onFatal] as const),
        ...([watchReplica, traceHandler, newReporter] as const),
      ],
    );
  });
}

/** The first one is told first; nobody, where there is none: then nothing is made to tell. */
function all<Event>([first, second]: readonly ((event: Event) => void)[]) {
  if (first === undefined || second === undefined) return first;
  return (event: Event) => {
    first(event);
    second(event);
  };
}
