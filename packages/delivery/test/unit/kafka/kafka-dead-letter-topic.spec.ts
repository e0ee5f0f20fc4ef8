import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createRequire } from 'node:module';
import type { Admin } from 'kafkajs';
import { KafkaDeadLetterTopic } from '../../../src/kafka/kafka-dead-letter-topic.js';
import { silentLogger } from '../../../src/contract/silent-logger.js';

const { createErrorFromCode } = createRequire(import.meta.url)('kafkajs/src/protocol/error') as {
  createErrorFromCode: (code: number) => Error;
};
const TOPIC_AUTHORIZATION_FAILED = 29;
const INVALID_PARTITIONS = 37;
const CONFIG = {
  'cleanup.policy': 'delete',
  'retention.ms': '-1',
  'retention.bytes': '-1',
  'max.message.bytes': '2097152',
};

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

/** A topic of five partitions that can't be given more, and what the brokers say of it from the second time on. */
function ensuring(refusedWith: number, saidLater: readonly number[]): Promise<void> {
  const said = [5, ...saidLater];
  const admin = {
    createTopics: () => Promise.resolve(false),
    createPartitions: () => Promise.reject(createErrorFromCode(refusedWith)),
    fetchTopicMetadata: () => {
      const count = said.length > 1 ? said.shift() : said[0];
      const partitions = Array.from({ length: count ?? 0 }, () => ({ replicas: [0] }));
      return Promise.resolve({ topics: [{ name: 'orders.dlq', partitions }] });
    },
    describeConfigs: () => {
      const configEntries = Object.entries(CONFIG).map(([configName, configValue]) => ({
        configName,
        configValue,
      }));
      return Promise.resolve({ resources: [{ configEntries }] });
    },
  } as unknown as Admin;
  const settings = { topic: 'orders.dlq', replicationFactor: 1 };
  return new KafkaDeadLetterTopic(admin, settings, silentLogger).ensure(10);
}

describe('the topic of the dead letters, when it can’t be given partitions', () => {
  it('is as it should be when another process was first, though the brokers say so a moment later', async () => {
    const ensured = ensuring(INVALID_PARTITIONS, [5, 5, 10]);
    await jest.advanceTimersByTimeAsync(1_000);

    await expect(ensured).resolves.toBeUndefined();
  });

  it('is unsuitable when nobody gave it any', async () => {
    const ensured = expect(ensuring(INVALID_PARTITIONS, [5])).rejects.toMatchObject({
      name: 'UnsuitableTopic',
    });
    await jest.advanceTimersByTimeAsync(5_000);

    await ensured;
  });

  it('is unsuitable at once when it is refused for another reason', async () => {
    await expect(ensuring(TOPIC_AUTHORIZATION_FAILED, [5])).rejects.toMatchObject({
      name: 'UnsuitableTopic',
    });
  });
});
