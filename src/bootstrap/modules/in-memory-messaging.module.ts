import { ContainerModule } from 'inversify';
import { InMemoryBroker } from '../../infrastructure/messaging/in-memory/in-memory-broker.js';
import { InMemoryDeadLetters } from '../../infrastructure/messaging/in-memory/in-memory-dead-letters.js';
import { InMemoryMessagePublisher } from '../../infrastructure/messaging/in-memory/in-memory-message-publisher.js';
import type { Config } from '../config.js';
import { MAX_MESSAGE_BYTES } from '../limits.js';
import { TOKENS } from '../tokens.js';

/** Messages stay in this process: the embedded default. */
export function inMemoryMessagingModule({
  KAFKA_TOPIC,
  KAFKA_GROUP,
  KAFKA_PARTITIONS,
}: Config): ContainerModule {
  const broker = new InMemoryBroker();
  broker.createTopic(KAFKA_TOPIC, KAFKA_PARTITIONS);
  const publisher = new InMemoryMessagePublisher(broker, KAFKA_TOPIC, MAX_MESSAGE_BYTES);
  return new ContainerModule(({ bind }) => {
    bind(TOKENS.publisher).toConstantValue(publisher);
    bind(TOKENS.deadLetters).toConstantValue(new InMemoryDeadLetters());
    bind(TOKENS.recordSource).toConstantValue(broker.group(KAFKA_GROUP, KAFKA_TOPIC));
    bind(TOKENS.messagingChecks).toConstantValue([]);
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
