import { ContainerModule } from 'inversify';
import type { DependencyCheck } from '../../application/ports/dependency-check.js';
import { InMemoryBroker } from '../../infrastructure/messaging/in-memory/in-memory-broker.js';
import { InMemoryDeadLetters } from '../../infrastructure/messaging/in-memory/in-memory-dead-letters.js';
import { InMemoryMessagePublisher } from '../../infrastructure/messaging/in-memory/in-memory-message-publisher.js';
import { decodeProgress } from '../../interfaces/messaging/delivery/commit-metadata.js';
import type { Config } from '../config.js';
import { MAX_MESSAGE_BYTES } from '../limits.js';
import { TOKENS } from '../tokens.js';

/** Before its start, and after its stop, nothing can be accepted. */
function checkOf(publisher: InMemoryMessagePublisher): DependencyCheck {
  const state = () =>
    publisher.isOpen ? ({ status: 'up' } as const) : ({ status: 'down', detail: 'not started' } as const);
  return { name: 'broker', check: () => Promise.resolve(state()) };
}

/** Messages stay in this process: the embedded default. */
export function inMemoryMessagingModule({
  KAFKA_TOPIC,
  KAFKA_GROUP,
  KAFKA_PARTITIONS,
}: Config): ContainerModule {
  const broker = new InMemoryBroker(
    undefined,
    ({ position, metadata }) => decodeProgress(position, metadata).done,
  );
  broker.createTopic(KAFKA_TOPIC, KAFKA_PARTITIONS);
  const publisher = new InMemoryMessagePublisher(broker, KAFKA_TOPIC, MAX_MESSAGE_BYTES);
  return new ContainerModule(({ bind }) => {
    bind(TOKENS.publisher).toConstantValue(publisher);
    bind(TOKENS.deadLetters).toConstantValue(new InMemoryDeadLetters());
    bind(TOKENS.recordSource).toConstantValue(broker.group(KAFKA_GROUP, KAFKA_TOPIC));
    bind(TOKENS.messagingChecks).toConstantValue([checkOf(publisher)]);
    bind(TOKENS.messaging).toConstantValue({
      start: () => {
        publisher.start();
        return Promise.resolve();
      },
      isAway: () => false,
      stop: () => publisher.close(),
    });
  });
}
