import { InMemoryBroker } from '../../src/infrastructure/messaging/in-memory/in-memory-broker.js';
import { InMemoryMessagePublisher } from '../../src/infrastructure/messaging/in-memory/in-memory-message-publisher.js';
import { decodeProgress } from '../../src/interfaces/messaging/delivery/commit-metadata.js';
import { newTopicName, type MessagingBed, type TestTopic } from './messaging-bed.js';

export function startInMemoryBed(capacity?: number): Promise<MessagingBed> {
  const broker = new InMemoryBroker(
    capacity,
    ({ position, metadata }) => decodeProgress(position, metadata).done,
  );
  const partitions = (name: string) =>
    Array.from({ length: broker.partitionCount(name) }, (_, index) => index);
  const testTopic = (name: string): TestTopic => ({
    name,
    publisher: ({ maxMessageBytes = 1_000_000, maxQueuedMessages } = {}) => {
      if (maxQueuedMessages === undefined) return new InMemoryMessagePublisher(broker, name, maxMessageBytes);
      const small = new InMemoryBroker(maxQueuedMessages);
      small.createTopic(name, broker.partitionCount(name));
      return new InMemoryMessagePublisher(small, name, maxMessageBytes);
    },
    source: (groupId) => broker.group(groupId, name),
    records: () =>
      Promise.resolve(
        partitions(name).flatMap((partition) =>
          broker.read(name, partition, 0n).map(({ offset, key, value, headers }) => ({
            partition,
            offset: String(offset),
            key: new TextDecoder().decode(key ?? undefined),
            value: value ?? new Uint8Array(),
            headers,
          })),
        ),
      ),
    endOffsets: () => Promise.resolve(partitions(name).map((partition) => broker.endOffset(name, partition))),
    committed: (groupId) =>
      Promise.resolve(
        partitions(name).map((partition) => broker.group(groupId, name).committed(partition) ?? 0n),
      ),
  });
  return Promise.resolve({
    topic: (count) => {
      const name = newTopicName();
      broker.createTopic(name, count);
      return Promise.resolve(testTopic(name));
    },
    absentTopic: () => testTopic(newTopicName()),
    topicExists: (name) => Promise.resolve(broker.hasTopic(name)),
    close: () => Promise.resolve(),
  });
}
