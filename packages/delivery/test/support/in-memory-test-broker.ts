import { InMemoryBroker } from '../../src/in-memory/in-memory-broker.js';
import { InMemoryPublisher } from '../../src/in-memory/in-memory-publisher.js';
import { InMemoryDeadLetterStore } from '../../src/in-memory/in-memory-dead-letter-store.js';
import { newTopicName, type TestBroker, type TestTopic } from '../../src/contract/test-broker.js';

export function startInMemoryTestBroker(capacity?: number): Promise<TestBroker> {
  const broker = new InMemoryBroker(capacity);
  const partitions = (name: string) =>
    Array.from({ length: broker.partitionCount(name) }, (_, index) => index);
  const testTopic = (name: string): TestTopic => ({
    name,
    publisher: ({ maxMessageBytes = 1_000_000, maxQueuedMessages } = {}) => {
      if (maxQueuedMessages === undefined) return new InMemoryPublisher(broker, name, maxMessageBytes);
      const small = new InMemoryBroker(maxQueuedMessages);
      small.createTopic(name, broker.partitionCount(name));
      return new InMemoryPublisher(small, name, maxMessageBytes);
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
        partitions(name).map((partition) => broker.group(groupId, name).committed(partition).position),
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
    deadLetterStore: () => {
      const deadLetters = new InMemoryDeadLetterStore();
      return Promise.resolve({ deadLetters, neighbour: deadLetters });
    },
    close: () => Promise.resolve(),
  });
}
