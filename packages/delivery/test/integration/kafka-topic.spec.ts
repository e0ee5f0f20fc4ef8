import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { ConfigResourceTypes, Kafka, logLevel, type Admin } from 'kafkajs';
import { KafkaDeadLetterTopic } from '../../src/kafka/kafka-dead-letter-topic.js';
import { KafkaFeedTopic } from '../../src/kafka/kafka-feed-topic.js';
import { KafkaTopic, type TopicSettings } from '../../src/kafka/kafka-topic.js';
import { createTopic } from '../support/create-topic.js';
import { newTopicName } from '../support/new-topic-name.js';
import { RecordingLogger } from '../support/recording-logger.js';
import { describeWithKafka, kafkaBrokers } from '../support/requirements.js';

async function configOf(admin: Admin, topic: string, configNames: string[]) {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configNames }],
  });
  const entries = resources[0]?.configEntries ?? [];
  return Object.fromEntries(entries.map(({ configName, configValue }) => [configName, configValue]));
}

describeWithKafka('a topic on Kafka', () => {
  let admin: Admin;
  beforeAll(async () => {
    admin = new Kafka({ brokers: kafkaBrokers, logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
  });
  afterAll(() => admin.disconnect());

  const logger = new RecordingLogger();
  const topicsOf = (settings: Partial<TopicSettings> & { topic: string }) =>
    new KafkaTopic(
      admin,
      { partitions: 5, replicationFactor: 1, retentionMs: 30 * 86_400_000, ...settings },
      logger,
    );
  const partitionsOf = async (topic: string) =>
    (await admin.fetchTopicMetadata({ topics: [topic] })).topics[0]?.partitions.length;

  it('is created when it is absent, with its partitions, retention and in-sync replicas', async () => {
    const topic = newTopicName();
    await topicsOf({ topic }).ensure();

    expect(await partitionsOf(topic)).toBe(5);
    const expected = { 'retention.ms': '2592000000', 'min.insync.replicas': '1' };
    expect(await configOf(admin, topic, Object.keys(expected))).toEqual(expected);
  });

  it('is left as it is when it is there, with more partitions too', async () => {
    const topic = newTopicName();
    await topicsOf({ topic, partitions: 7 }).ensure();
    await topicsOf({ topic }).ensure();
    expect(await partitionsOf(topic)).toBe(7);
  });

  it('may be created by several processes at once', async () => {
    const topic = newTopicName();
    await Promise.all(Array.from({ length: 6 }, () => topicsOf({ topic }).ensure()));
    expect(await partitionsOf(topic)).toBe(5);
  });

  it('is refused with fewer partitions than asked', async () => {
    const topic = newTopicName();
    await topicsOf({ topic, partitions: 3 }).ensure();
    await expect(topicsOf({ topic }).ensure()).rejects.toMatchObject({
      name: 'UnsuitableTopic',
      message:
        `topic '${topic}' has 3 partitions, fewer than the setting partitions=5: ` +
        `kafka-topics --alter --topic ${topic} --partitions 5, or set partitions=3`,
    });
  });

  it('is refused with fewer replicas than asked', async () => {
    const topic = newTopicName();
    await topicsOf({ topic }).ensure();
    await expect(topicsOf({ topic, replicationFactor: 3 }).ensure()).rejects.toMatchObject({
      name: 'UnsuitableTopic',
      message: expect.stringContaining(
        'has 1 replicas, fewer than the setting replicationFactor=3',
      ) as unknown,
    });
  });

  it('is not created with more replicas than there are brokers, and the brokers’ reason is told', async () => {
    const topic = newTopicName();
    await expect(topicsOf({ topic, replicationFactor: 3 }).ensure()).rejects.toMatchObject({
      name: 'UnsuitableTopic',
      message: expect.stringContaining(`topic '${topic}' can't be created with 3 replicas: `) as unknown,
    });
  });

  it('says how many partitions it has, and asks once for all who ask together', async () => {
    const topic = newTopicName();
    const topics = topicsOf({ topic });
    await expect(topics.partitionCount()).rejects.toThrow();
    await topics.ensure();
    expect(await Promise.all([topics.partitionCount(), topics.partitionCount()])).toEqual([5, 5]);
  });
});

describeWithKafka('a dead-letter topic on Kafka', () => {
  let admin: Admin;
  let logger: RecordingLogger;
  beforeAll(async () => {
    admin = new Kafka({ brokers: kafkaBrokers, logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
  });
  beforeEach(() => {
    logger = new RecordingLogger();
  });
  afterAll(() => admin.disconnect());

  const topicOf = (topic: string) => new KafkaDeadLetterTopic(admin, { topic, replicationFactor: 1 }, logger);

  it('is created with as many partitions as the messages’ topic has, and keeps all', async () => {
    const topic = newTopicName();
    await topicOf(topic).ensure(7);
    expect(await topicOf(topic).partitionCount()).toBe(7);
    const required = {
      'cleanup.policy': 'delete',
      'retention.ms': '-1',
      'retention.bytes': '-1',
      'max.message.bytes': '2097152',
      'min.insync.replicas': '1',
    };
    expect(await configOf(admin, topic, Object.keys(required))).toEqual(required);
  });

  it('grows with the messages’ topic, by several processes at once too, and never shrinks', async () => {
    const topic = newTopicName();
    await topicOf(topic).ensure(5);
    await Promise.all(Array.from({ length: 4 }, () => topicOf(topic).ensure(10)));
    await topicOf(topic).ensure(5);
    expect(await topicOf(topic).partitionCount()).toBe(10);
    expect(logger.lines.map(({ message }) => message)).toContain('partitions added');
  });

  it('may be created by several processes at once', async () => {
    const topic = newTopicName();
    await Promise.all(Array.from({ length: 6 }, () => topicOf(topic).ensure(5)));
    expect(await topicOf(topic).partitionCount()).toBe(5);
  });

  it.each([
    ['limited retention', { 'retention.ms': '604800000' }, 'retention.ms=604800000'],
    ['a limited size', { 'retention.bytes': '1000000' }, 'retention.bytes=1000000'],
    ['compaction', { 'cleanup.policy': 'compact' }, 'cleanup.policy=compact'],
    ['small messages', { 'max.message.bytes': '1048588' }, 'max.message.bytes=1048588'],
  ])('with %s is refused, with what to do', async (_what, config, says) => {
    const topic = newTopicName();
    const all = { 'retention.ms': '-1', 'max.message.bytes': '3000000', ...config };
    const configEntries = Object.entries(all).map(([name, value]) => ({ name, value }));
    await createTopic(admin, { topic, numPartitions: 5, replicationFactor: 1, configEntries });
    const [name = ''] = Object.keys(config);
    await expect(topicOf(topic).ensure(5)).rejects.toMatchObject({
      name: 'UnsuitableTopic',
      message: expect.stringMatching(
        `has ${says} and .*--entity-name ${topic} --add-config ${name}=`,
      ) as unknown,
    });
  });
});

describeWithKafka('the topic of a feed on Kafka', () => {
  let admin: Admin;
  beforeAll(async () => {
    admin = new Kafka({ brokers: kafkaBrokers, logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
  });
  afterAll(() => admin.disconnect());

  it.each([
    ['keeps the newest of each key for minutes', false, 'compact,delete', '600000'],
    ['keeps all for ever as a record', true, 'delete', '-1'],
  ])('%s', async (_what, isRecord, policy, retentionMs) => {
    const topic = newTopicName();
    await new KafkaFeedTopic(
      admin,
      { topic, isRecord, replicationFactor: 1 },
      new RecordingLogger(),
    ).ensure();
    const expected = { 'cleanup.policy': policy, 'retention.ms': retentionMs, 'retention.bytes': '-1' };
    expect(await configOf(admin, topic, Object.keys(expected))).toEqual(expected);
  });
});
