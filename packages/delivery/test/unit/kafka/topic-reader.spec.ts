import { beforeEach, describe, expect, it } from '@jest/globals';
import { createRequire } from 'node:module';
import { createKafkaClient, type KafkaClient } from '../../../src/kafka/kafka-client.js';
import { TopicReader } from '../../../src/kafka/topic-reader.js';
import { silentLogger } from '../../../src/contract/silent-logger.js';
import { settled } from '../../support/settled.js';

const require = createRequire(import.meta.url);
const unconnected = () =>
  createKafkaClient({ brokers: ['127.0.0.1:9'], clientId: 'test', requestTimeoutMs: 1_000 }, silentLogger);

describe('what is used of the inside of kafkajs to read', () => {
  it.each([
    'connect',
    'addTargetTopic',
    'refreshMetadata',
    'findTopicPartitionMetadata',
    'findLeaderForPartitions',
    'findBroker',
    'fetchTopicsOffset',
  ] as const)('is there: a cluster’s %s', (method) => {
    expect(unconnected().newCluster({})).toMatchObject({ [method]: expect.any(Function) as unknown });
  });

  it('is there: a request of version 4, the codecs, the errors, and what sends', () => {
    const request = require('kafkajs/src/protocol/requests/fetch/v4/request') as (fields: object) => object;
    expect(request({ topics: [] })).toMatchObject({ apiVersion: 4, apiName: 'Fetch' });
    const { createErrorFromCode } = require('kafkajs/src/protocol/error') as {
      createErrorFromCode: (code: number) => Error;
    };
    expect(createErrorFromCode(1)).toMatchObject({ type: 'OFFSET_OUT_OF_RANGE' });
    const { lookupCodecByAttributes } = require('kafkajs/src/protocol/message/compression') as {
      lookupCodecByAttributes: (attributes: number) => unknown;
    };
    expect(lookupCodecByAttributes(1)).toMatchObject({ decompress: expect.any(Function) });
    const Pool = require('kafkajs/src/network/connectionPool') as { prototype: object };
    expect(Pool.prototype).toMatchObject({ send: expect.any(Function) });
  });
});

describe('a reader that is closed', () => {
  let clients: { destroyed: boolean }[];
  let reader: TopicReader;
  beforeEach(() => {
    clients = [];
    const newClient = (): KafkaClient => {
      const client = { destroyed: false };
      clients.push(client);
      return { ...unconnected(), destroy: () => (client.destroyed = true) };
    };
    reader = new TopicReader({ topic: 'orders.dlq', silenceMs: 20_000 }, newClient);
  });

  it('fails what is read, ends its client, and opens none for what was about to be retried', async () => {
    const reading = reader.ends();
    await settled();
    reader.close();

    await expect(reading).rejects.toThrow();
    expect(clients).toEqual(clients.map(() => ({ destroyed: true })));
    const opened = clients.length;
    await expect(reader.fetch(0, 0n, 1)).rejects.toThrow('closed');
    expect(clients).toHaveLength(opened);
  });

  it('opens no client when it was not used', async () => {
    reader.close();

    await expect(reader.ends()).rejects.toThrow('closed');
    expect(clients).toEqual([]);
  });
});
