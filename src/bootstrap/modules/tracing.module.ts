import { ContainerModule } from 'inversify';
import { post } from '../../infrastructure/fulfilment/http-post.js';
import { beginRequest } from '../../infrastructure/telemetry/tracing/request-spans.js';
import type { Spans } from '../../infrastructure/telemetry/tracing/spans.js';
import { TracedDeadLetters } from '../../infrastructure/telemetry/tracing/traced-dead-letters.js';
import { TracedFulfilment } from '../../infrastructure/telemetry/tracing/traced-fulfilment.js';
import { TracedMessagePublisher } from '../../infrastructure/telemetry/tracing/traced-message-publisher.js';
import { tracedPost } from '../../infrastructure/telemetry/tracing/traced-post.js';
import { TracedOrderRepository } from '../../infrastructure/telemetry/tracing/traced-order-repository.js';
import { TracedRecordHandler } from '../../infrastructure/telemetry/tracing/traced-record-handler.js';
import type { Config } from '../config/config.js';
import { TOKENS } from '../tokens.js';

/** What OpenTelemetry calls the stores. */
const SYSTEMS = { postgres: 'postgresql', 'in-memory': 'in-memory' } as const;

/** Puts spans around what the other modules have. */
export function tracingModule(spans: Spans, { messaging, store, consumer, http }: Config): ContainerModule {
  const orders = { system: messaging.kind, topic: messaging.topic };
  const dlq = { system: messaging.kind, topic: `${messaging.topic}.dlq` };
  const { groupId } = consumer.group;
  const scheme = http?.certificate === undefined ? 'http' : 'https';
  return new ContainerModule(({ bind, onActivation }) => {
    bind(TOKENS.httpTrace).toConstantValue({ begin: beginRequest(spans, scheme) });
    bind(TOKENS.post).toConstantValue(tracedPost(post, spans));
    bind(TOKENS.traceHandler).toConstantValue(
      (handler, replica) => new TracedRecordHandler(handler, spans, orders, { replica, groupId }),
    );
    onActivation(TOKENS.publisher, (_, publisher) => new TracedMessagePublisher(publisher, spans, orders));
    onActivation(TOKENS.deadLetters, (_, deadLetters) => new TracedDeadLetters(deadLetters, spans, dlq));
    onActivation(TOKENS.fulfilment, (_, fulfilment) => new TracedFulfilment(fulfilment, spans));
    onActivation(
      TOKENS.orders,
      (_, repository) => new TracedOrderRepository(repository, spans, SYSTEMS[store.kind]),
    );
  });
}
