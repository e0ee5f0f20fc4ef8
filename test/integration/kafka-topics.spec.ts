import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { ConfigResourceTypes, Kafka, logLevel, type Admin } from 'kafkajs';
import { KafkaTopics, type TopicSettings } from '../../src/infrastructure/messaging/kafka/kafka-topics.js';
import { newTopicName } from '../support/messaging-bed.js';
import { RecordingLogger } from '../support/recording-logger.js';
import { describeWithKafka, kafkaBrokers } from '../support/requirements.js';

describeWithKafka('the order topic on Kafka', () => {
  let admin: Admin;
  beforeAll(async () => {
    admin = new Kafka({ brokers: kafkaBrokers, logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
  });
  afterAll(() => admin.disconnect());

  const logger = new RecordingLogger();
  const topicsOf = (settings: Partial<TopicSettings> & { topic: string }) =>
    new KafkaTopics(
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
    const described = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [
        {
          type: ConfigResourceTypes.TOPIC,
          name: topic,
          configNames: ['retention.ms', 'min.insync.replicas'],
        },
      ],
    });
    const entries = described.resources[0]?.configEntries.map(({ configName, configValue }) => [
      configName,
      configValue,
    ]);
    expect(entries?.sort()).toEqual([
      ['min.insync.replicas', '1'],
      ['retention.ms', '2592000000'],
    ]);
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
        `topic '${topic}' has 3 partitions, fewer than KAFKA_PARTITIONS=5: ` +
        'add partitions, or set KAFKA_PARTITIONS=3',
    });
  });

  it('is refused with fewer replicas than asked', async () => {
    const topic = newTopicName();
    await topicsOf({ topic }).ensure();
    await expect(topicsOf({ topic, replicationFactor: 3 }).ensure()).rejects.toMatchObject({
      name: 'UnsuitableTopic',
      message: expect.stringContaining('has 1 replicas, fewer than KAFKA_REPLICATION_FACTOR=3') as unknown,
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
