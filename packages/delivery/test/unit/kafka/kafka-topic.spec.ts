import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createRequire } from 'node:module';
import kafkajs, { type Admin } from 'kafkajs';
import { isBrokerUnavailable, KafkaTopic, UnsuitableTopic } from '../../../src/kafka/kafka-topic.js';
import { RecordingLogger } from '../../support/recording-logger.js';
import { settled } from '../../support/settled.js';

const { createErrorFromCode } = createRequire(import.meta.url)('kafkajs/src/protocol/error') as {
  createErrorFromCode: (code: number) => Error;
};
const { KafkaJSConnectionError, KafkaJSNonRetriableError, KafkaJSNumberOfRetriesExceeded } = kafkajs;
const SETTINGS = { topic: 'orders', partitions: 5, replicationFactor: 3, retentionMs: 86_400_000 };

let createTopics: jest.Mock<Admin['createTopics']>;
let fetchTopicMetadata: jest.Mock<Admin['fetchTopicMetadata']>;
let logger: RecordingLogger;

beforeEach(() => {
  jest.useFakeTimers();
  createTopics = jest.fn(() => Promise.resolve(true));
  fetchTopicMetadata = jest.fn(() => Promise.resolve(aTopic(5, 3)));
  logger = new RecordingLogger();
});
afterEach(() => {
  jest.useRealTimers();
});

function topics(settings: Partial<typeof SETTINGS> = {}): KafkaTopic {
  const admin = { createTopics, fetchTopicMetadata } as unknown as Admin;
  return new KafkaTopic(admin, { ...SETTINGS, ...settings }, logger);
}

const unknownTopic = () => createErrorFromCode(3);

/** What the brokers say of a topic with so many partitions and replicas. */
function aTopic(partitions: number, replicas: number): Awaited<ReturnType<Admin['fetchTopicMetadata']>> {
  const nodes = Array.from({ length: replicas }, (_, node) => node);
  const partition = (partitionId: number) => ({
    partitionErrorCode: 0,
    partitionId,
    leader: 0,
    replicas: nodes,
    isr: nodes,
  });
  return {
    topics: [{ name: 'orders', partitions: Array.from({ length: partitions }, (_, id) => partition(id)) }],
  };
}

describe('the topic at the start', () => {
  it('is created as asked, with one in-sync replica less than it has', async () => {
    fetchTopicMetadata.mockRejectedValueOnce(unknownTopic());
    await topics().ensure();

    expect(createTopics.mock.calls).toEqual([
      [
        {
          waitForLeaders: true,
          topics: [
            {
              topic: 'orders',
              numPartitions: 5,
              replicationFactor: 3,
              configEntries: [
                { name: 'retention.ms', value: '86400000' },
                { name: 'min.insync.replicas', value: '2' },
              ],
            },
          ],
        },
      ],
    ]);
    expect(logger.lines).toEqual([
      {
        level: 'info',
        message: 'topic created',
        fields: { topic: 'orders', partitions: 5, replicationFactor: 3 },
      },
    ]);
  });

  it('needs one in-sync replica when it has only one', async () => {
    fetchTopicMetadata.mockRejectedValueOnce(unknownTopic());
    await topics({ replicationFactor: 1 }).ensure();

    expect(createTopics.mock.calls[0]?.[0].topics[0]?.configEntries).toContainEqual({
      name: 'min.insync.replicas',
      value: '1',
    });
  });

  it('is left as it is when it is there, and has more than asked: nobody asks to create it', async () => {
    fetchTopicMetadata.mockResolvedValue(aTopic(9, 5));
    await topics().ensure();

    expect(createTopics).not.toHaveBeenCalled();
    expect(logger.lines).toEqual([]);
  });

  it('is left as it is when another process has created it just before', async () => {
    fetchTopicMetadata.mockRejectedValueOnce(unknownTopic());
    createTopics.mockResolvedValue(false);

    expect(await topics().ensure()).toBe(5);
    expect(logger.lines).toEqual([]);
  });

  it.each([
    [
      'partitions',
      aTopic(3, 3),
      "topic 'orders' has 3 partitions, fewer than the setting partitions=5: " +
        'kafka-topics --alter --topic orders --partitions 5, or set partitions=3',
    ],
    [
      'replicas',
      aTopic(5, 1),
      "topic 'orders' has 1 replicas, fewer than the setting replicationFactor=3: " +
        'give it more with kafka-reassign-partitions, or set replicationFactor=1',
    ],
  ])('with fewer %s than asked is refused, with what to do', async (_what, metadata, says) => {
    fetchTopicMetadata.mockResolvedValue(metadata);

    await expect(topics().ensure()).rejects.toThrow(new UnsuitableTopic(says));
  });

  it('lacks a replica, as while its partitions are moved: that is a warning, with what to do', async () => {
    fetchTopicMetadata.mockResolvedValue(aTopic(5, 2));

    expect(await topics().ensure()).toBe(5);
    expect(logger.lines.at(-1)).toMatchObject({
      level: 'warn',
      message:
        "topic 'orders' has 2 replicas, fewer than the setting replicationFactor=3: " +
        'give it more with kafka-reassign-partitions, or set replicationFactor=2',
    });
  });

  it.each([
    [
      'kafkajs, which waits for its leaders',
      () => {
        fetchTopicMetadata.mockRejectedValueOnce(unknownTopic());
        createTopics.mockRejectedValueOnce(unknownTopic());
      },
    ],
    [
      'the check',
      () => fetchTopicMetadata.mockRejectedValueOnce(unknownTopic()).mockRejectedValueOnce(unknownTopic()),
    ],
  ])('that a broker has not heard of yet, as %s finds, is asked for again', async (_whom, beUnknown) => {
    beUnknown();

    expect(await topics().ensure()).toBe(5);
  });

  it('that no broker ever hears of is not there', async () => {
    fetchTopicMetadata.mockImplementation(() => {
      jest.advanceTimersByTime(3_000);
      return Promise.reject(unknownTopic());
    });

    await expect(topics().ensure()).rejects.toThrow('This server does not host this topic-partition');
    expect(fetchTopicMetadata).toHaveBeenCalledTimes(4);
  });

  it.each([
    ['without partitions', aTopic(0, 0)],
    ['that the brokers don’t name', { topics: [] }],
  ])('%s is not there', async (_what, metadata) => {
    fetchTopicMetadata.mockResolvedValue(metadata);

    await expect(topics().ensure()).rejects.toThrow("topic 'orders' has no partitions");
  });
});

describe('the number of partitions', () => {
  it('is asked for once, by all who ask meanwhile and later', async () => {
    const asked = topics();
    const counts = [...(await Promise.all([asked.partitionCount(), asked.partitionCount()]))];
    jest.advanceTimersByTime(30_000);
    counts.push(await asked.partitionCount());

    expect(counts).toEqual([5, 5, 5]);
    expect(fetchTopicMetadata).toHaveBeenCalledTimes(1);
  });

  it('is asked for again after half a minute, while the last response still serves', async () => {
    const asked = topics();
    await asked.partitionCount();
    fetchTopicMetadata.mockResolvedValue(aTopic(8, 3));
    jest.advanceTimersByTime(30_001);
    expect(await asked.partitionCount()).toBe(5);
    await settled();

    expect(await asked.partitionCount()).toBe(8);
    expect(fetchTopicMetadata).toHaveBeenCalledTimes(2);
  });

  it('stays as it was when it can’t be asked for again', async () => {
    const asked = topics();
    await asked.partitionCount();
    const error = new Error('unavailable');
    fetchTopicMetadata.mockRejectedValue(error);
    jest.advanceTimersByTime(30_001);
    await asked.partitionCount();
    await settled();

    expect(await asked.partitionCount()).toBe(5);
    expect(logger.lines[0]).toEqual({
      level: 'debug',
      message: 'the number of partitions could not be read again',
      fields: { error },
    });
  });

  it('is asked for anew after the first time failed', async () => {
    fetchTopicMetadata.mockRejectedValueOnce(new Error('unavailable'));
    const asked = topics();
    await expect(asked.partitionCount()).rejects.toThrow('unavailable');

    expect(await asked.partitionCount()).toBe(5);
  });
});

describe('an error of kafkajs', () => {
  const retriable = new KafkaJSConnectionError('connection refused');
  it.each([
    ['means that the broker is unavailable when a retry may help', retriable, true],
    [
      'means so too when retries were in vain',
      new KafkaJSNumberOfRetriesExceeded(retriable, { retryCount: 5, retryTime: 1 }),
      true,
    ],
    ['means something else when a retry can’t help', new KafkaJSNonRetriableError('no'), false],
    [
      'means something else when that is what it was caused by',
      new KafkaJSNumberOfRetriesExceeded(new KafkaJSNonRetriableError('no'), { retryCount: 5, retryTime: 1 }),
      false,
    ],
  ])('%s', (_what, error, unavailable) => {
    expect(isBrokerUnavailable(error)).toBe(unavailable);
  });

  it.each([new Error('x'), new UnsuitableTopic('x'), undefined, 'x'])('is not %p', (error) => {
    expect(isBrokerUnavailable(error)).toBe(false);
  });
});
