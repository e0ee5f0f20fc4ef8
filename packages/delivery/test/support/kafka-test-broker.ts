import kafkajs, { Kafka, logLevel, type Admin } from 'kafkajs';
import { createTopic } from './create-topic.js';
import { kafkaMessaging } from './kafka-messaging.js';
import { startKafkaDeadLettersFixture, type KafkaDeadLettersFixture } from './kafka-dead-letters-fixture.js';
import { commitsAmong, OFFSETS_TOPIC, type Commit, type StoredMessage } from './offsets-topic.js';
import { newTopicName } from './new-topic-name.js';
import type { TopicRecord, TestBroker, TestPublisher, TestTopic } from '../../src/contract/test-broker.js';
import { waitFor } from '../../src/contract/wait-for.js';

// of a CommonJS package node finds this only here
const { ConfigResourceTypes } = kafkajs;

export interface KafkaTestBrokerOptions {
  /** Where the adapters under test connect to; a proxy, perhaps. */
  readonly brokers: readonly string[];
  /** Where the tests look, past any proxy. */
  readonly directBrokers?: readonly string[];
  readonly replicationFactor?: number;
  readonly sessionTimeoutMs?: number;
}

export interface KafkaTestBroker extends TestBroker {
  topic(partitions: number): Promise<KafkaTestTopic>;
  /** One that somebody else made. */
  existingTopic(name: string): KafkaTestTopic;
  /** Sets these values of a topic and leaves its others. */
  configure(topic: string, values: Readonly<Record<string, string>>): Promise<void>;
  /** What the group ever committed for the topic, in the order in which the brokers took it. */
  commits(groupId: string, topic: string): Promise<Commit[]>;
}

export interface KafkaPublisherOptions {
  readonly maxMessageBytes?: number;
  readonly maxQueuedMessages?: number;
  readonly deadlineMs?: number;
}

export interface KafkaTestTopic extends TestTopic {
  publisher(options?: KafkaPublisherOptions): TestPublisher;
  /** The leader's node id, by partition. */
  leaders(): Promise<number[]>;
  /** All records as they are stored, by partition and offset. */
  stored(): Promise<StoredMessage[]>;
  /** Resolves when every replica of every partition is in sync. */
  inSync(): Promise<void>;
}

export async function startKafkaTestBroker(options: KafkaTestBrokerOptions): Promise<KafkaTestBroker> {
  const { brokers, directBrokers = brokers, replicationFactor = 1, sessionTimeoutMs = 10_000 } = options;
  const fresh = new Kafka({ brokers: [...directBrokers], logLevel: logLevel.NOTHING, clientId: 'test' });
  const admin = fresh.admin();
  await admin.connect();
  const closing: (() => Promise<unknown>)[] = [];
  const opened = (topic: string, settings = {}) => {
    const messaging = kafkaMessaging({ brokers, topic, replicationFactor, ...settings });
    closing.push(() => messaging.stop());
    return messaging;
  };
  let deadLetters: Promise<KafkaDeadLettersFixture> | undefined;

  const testTopic = (name: string): KafkaTestTopic => {
    let outsider: ReturnType<typeof opened> | undefined;
    const asked = () => (outsider ??= opened(name));
    return {
      name,
      publisher: ({ deadlineMs: publishDeadlineMs = 15_000, ...limits } = {}) =>
        opened(name, { ...limits, publishDeadlineMs }).publisher,
      source: (groupId) =>
        opened(name).source({
          groupId,
          sessionTimeoutMs,
          heartbeatIntervalMs: 500,
          rebalanceTimeoutMs: 10_000,
        }),
      lag: (groupId) => asked().lag(groupId),
      find: (groupId, place) => asked().find(groupId, place),
      leaders: async () => (await fetchPartitions(admin, name)).map(({ leader }) => leader),
      inSync: async () => {
        await waitFor(
          `${name} in sync`,
          async () =>
            (await fetchPartitions(admin, name)).every(({ isr }) => isr.length === replicationFactor),
          { deadlineMs: 60_000 },
        );
      },
      stored: () => readAll(fresh, admin, name),
      records: async () => (await readAll(fresh, admin, name)).map(toLogged),
      endOffsets: () => endOffsets(admin, name),
      committed: async (groupId) => {
        const [found] = await admin.fetchOffsets({ groupId, topics: [name] });
        const byPartition = (found?.partitions ?? []).sort((a, b) => a.partition - b.partition);
        return byPartition.map(({ offset }) => (offset === '-1' ? 0n : BigInt(offset)));
      },
    };
  };

  return {
    configure: (topic, values) => configure(admin, topic, values),
    commits: async (groupId, topic) =>
      commitsAmong(await readAll(fresh, admin, OFFSETS_TOPIC), groupId, topic),
    topic: async (numPartitions) => {
      const topic = newTopicName();
      await createTopic(admin, { topic, numPartitions, replicationFactor });
      return testTopic(topic);
    },
    existingTopic: testTopic,
    absentTopic: () => testTopic(newTopicName()),
    topicExists: async (name) => (await admin.listTopics()).includes(name),
    deadLetterStore: async (partitions) => {
      deadLetters ??= startKafkaDeadLettersFixture(brokers, directBrokers);
      const fixture = await deadLetters;
      const topic = `${newTopicName()}.dlq`;
      await fixture.createTopic(topic, partitions);
      return { deadLetters: fixture.open(topic), neighbour: fixture.open(topic) };
    },
    feeds: () => {
      const topic = newTopicName();
      const [first, second] = [opened(topic), opened(topic)];
      const feed = { topic: `${topic}.feed` };
      return Promise.resolve({
        feed: first.feed(feed),
        neighbour: second.feed(feed),
        close: () => first.stop(),
      });
    },
    close: async () => {
      await (await deadLetters)?.close();
      await Promise.all(closing.map((close) => close()));
      await admin.disconnect();
    },
  };
}

async function fetchPartitions(admin: Admin, topic: string) {
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
  return (topics[0]?.partitions ?? []).sort((a, b) => a.partitionId - b.partitionId);
}

/** kafkajs knows only the request that resets what it doesn't name. */
async function configure(
  admin: Admin,
  name: string,
  values: Readonly<Record<string, string>>,
): Promise<void> {
  const type = ConfigResourceTypes.TOPIC;
  const { resources } = await admin.describeConfigs({ includeSynonyms: false, resources: [{ type, name }] });
  const own = (resources[0]?.configEntries ?? []).filter(({ isDefault }) => !isDefault);
  const all = { ...Object.fromEntries(own.map((entry) => [entry.configName, entry.configValue])), ...values };
  const configEntries = Object.entries(all).map(([key, value]) => ({ name: key, value }));
  await admin.alterConfigs({ validateOnly: false, resources: [{ type, name, configEntries }] });
}

async function endOffsets(admin: Admin, topic: string): Promise<bigint[]> {
  const offsets = await admin.fetchTopicOffsets(topic);
  return offsets.sort((a, b) => a.partition - b.partition).map(({ high }) => BigInt(high));
}

/** Reads a topic from the beginning to its end of now, as a group of its own; by partition and offset. */
async function readAll(kafka: Kafka, admin: Admin, topic: string): Promise<StoredMessage[]> {
  const ends = await endOffsets(admin, topic);
  const consumer = kafka.consumer({ groupId: `reader-of-${newTopicName()}`, maxWaitTimeInMs: 50 });
  const records: StoredMessage[] = [];
  const missing = new Set(ends.flatMap((end, partition) => (end > 0n ? [partition] : [])));
  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      eachBatch: ({ batch: { partition, messages } }) => {
        for (const message of messages) records.push({ ...message, partition });
        if (BigInt(messages.at(-1)?.offset ?? -1) + 1n >= (ends[partition] ?? 0n)) missing.delete(partition);
        return Promise.resolve();
      },
    });
    await waitFor(`the end of ${topic}`, () => missing.size === 0, { deadlineMs: 120_000 });
  } finally {
    await consumer.disconnect();
  }
  return records.sort((a, b) => a.partition - b.partition || Number(a.offset) - Number(b.offset));
}

function toLogged({ partition, offset, key, value, headers = {} }: StoredMessage): TopicRecord {
  const bytes = Object.entries(headers).map(
    ([name, header]) => [name, Buffer.from(header as Buffer)] as const,
  );
  return {
    partition,
    offset,
    key: key?.toString() ?? '',
    value: value ?? new Uint8Array(),
    headers: Object.fromEntries(bytes),
  };
}
