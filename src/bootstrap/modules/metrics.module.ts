import { ContainerModule } from 'inversify';
import {
  watchGroupLag,
  watchOwnLag,
  watchPublisher,
  watchReplicas,
} from '../../infrastructure/telemetry/delivery-gauges.js';
import { DeliveryMetrics } from '../../infrastructure/telemetry/delivery-metrics.js';
import { httpMetrics } from '../../infrastructure/telemetry/http-metrics.js';
import { MessagingMetrics } from '../../infrastructure/telemetry/messaging-metrics.js';
import { MeteredDeadLetters, watchDeadLetters } from '../../infrastructure/telemetry/metered-dead-letters.js';
import { MeteredMessagePublisher } from '../../infrastructure/telemetry/metered-message-publisher.js';
import type { Metrics } from '../../infrastructure/telemetry/metrics.js';
import { OrderMetrics } from '../../infrastructure/telemetry/order-metrics.js';
import { MetricsController } from '../../interfaces/http/metrics/metrics-controller.js';
import type { Config } from '../config/config.js';
import { TOKENS } from '../tokens.js';

/** Measures what the other modules have. What is asked for a gauge costs only when somebody scrapes. */
export function metricsModule(metrics: Metrics, { role, messaging, consumer }: Config): ContainerModule {
  const { instruments } = metrics;
  const { topic } = messaging;
  const { groupId } = consumer.group;
  const ofMessages = new MessagingMetrics(instruments, messaging.kind);
  const ofOrders = new OrderMetrics(instruments);
  const ofDelivery = new DeliveryMetrics(instruments, ofMessages, ofOrders, { topic, groupId });
  return new ContainerModule(({ bind, onActivation }) => {
    bind(TOKENS.watchReplica).toConstantValue((replica) => ({
      observer: ofDelivery.observer(replica),
      onProcessed: ({ record, outcome }) => {
        ofOrders.completed(record, outcome);
      },
    }));
    bind(TOKENS.httpWatch).toConstantValue({ onResponse: httpMetrics(instruments) });
    bind(MetricsController)
      .toResolvedValue(() => new MetricsController(metrics))
      .inTransientScope();

    onActivation(
      TOKENS.publisher,
      (_, publisher) => new MeteredMessagePublisher(publisher, topic, ofMessages, ofOrders),
    );
    onActivation(
      TOKENS.deadLetters,
      (_, deadLetters) => new MeteredDeadLetters(deadLetters, `${topic}.dlq`, ofMessages, ofOrders),
    );
    onActivation(TOKENS.service, (context, service) => {
      if (role !== 'consumer') watchDeadLetters(instruments, context.get(TOKENS.deadLetters));
      return service;
    });
    onActivation(TOKENS.messaging, (_, made) => {
      watchPublisher(instruments, made);
      if (role !== 'consumer') watchGroupLag(instruments, made, groupId);
      return made;
    });
    onActivation(TOKENS.replicas, (_, replicas) => {
      const current = () => replicas.all;
      watchReplicas(instruments, current);
      if (role === 'consumer') watchOwnLag(instruments, current);
      return replicas;
    });
  });
}
