import { InMemoryBroker } from '../../src/in-memory/in-memory-broker.js';
import { InMemoryFeed } from '../../src/in-memory/in-memory-feed.js';
import { silentLogger } from '../../src/contract/silent-logger.js';
import { InMemoryPublisher } from '../../src/in-memory/in-memory-publisher.js';
import { InMemoryDeadLetterStore } from '../../src/in-memory/in-memory-dead-letter-store.js';
import type { TestBroker, TestTopic } from '../../src/contract/test-broker.js';
import { newTopicName } from './new-topic-name.js';

const MAX_MESSAGE_BYTES = 1_000_000;

export function startInMemoryTestBroker(capacity?: number): Promise<TestBroker> {
  const broker = new InMemoryBroker(capacity);
  const testTopic = (name: string): TestTopic => ({
    name,
    publisher: ({ maxQueuedMessages } = {}) => {
      if (maxQueuedMessages === undefined) return new InMemoryPublisher(broker, name, MAX_MESSAGE_BYTES);
      const small = new InMemoryBroker(maxQueuedMessages);
      small.createTopic(name, broker.logs(name).length);
      return new InMemoryPublisher(small, name, MAX_MESSAGE_BYTES);
    },
    source: (groupId) => broker.group(groupId, name),
    lag: async (groupId) => broker.lag(groupId, name),
    find: async (groupId, place) => broker.find(groupId, name, place),
    records: () =>
      Promise.resolve(
        broker.logs(name).flatMap((log) =>
          log.read(0n).map(({ partition, offset, key, value, headers }) => ({
            partition,
            offset: String(offset),
            key: new TextDecoder().decode(key ?? undefined),
            value: value ?? new Uint8Array(),
            headers,
          })),
        ),
      ),
    endOffsets: () => Promise.resolve(broker.logs(name).map(({ end }) => end)),
    committed: (groupId) =>
      Promise.resolve(
        broker.logs(name).map((_, partition) => broker.group(groupId, name).committed(partition).position),
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
    feeds: () => {
      const feed = new InMemoryFeed({ topic: newTopicName() }, silentLogger);
      const close = async () => feed.close();
      return Promise.resolve({ feed, neighbour: feed, close });
    },
    close: () => Promise.resolve(),
  });
}
