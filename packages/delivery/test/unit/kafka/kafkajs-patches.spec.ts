import { beforeAll, describe, expect, it } from '@jest/globals';
import { createRequire } from 'node:module';
import packageJson from '../../../package.json' with { type: 'json' };
import { patchedGroupMethods } from '../../../src/kafka/kafkajs-group-patches.js';
import { patchedNetworkMethods } from '../../../src/kafka/kafkajs-network-patches.js';
import { applyKafkajsPatches } from '../../../src/kafka/kafkajs-patches.js';
import { asItCame, type RepairedClass } from '../../support/unpatched-kafkajs.js';

const VERSION = '2.2.4';
const TOPIC = 'orders';

const repaired = { ...patchedGroupMethods, ...patchedNetworkMethods } as unknown as Record<
  RepairedClass,
  Record<string, unknown>
>;

beforeAll(() => {
  applyKafkajsPatches();
});

describe('kafkajs', () => {
  it('is pinned to the version that was read, and installed in it', () => {
    expect(packageJson.dependencies.kafkajs).toBe(VERSION);
    expect(createRequire(import.meta.url)('kafkajs/package.json')).toMatchObject({ version: VERSION });
  });

  it.each([
    ['consumerGroup', 'joinAndSync'],
    ['consumerGroup', 'heartbeat'],
    ['consumerGroup', 'commitOffsets'],
    ['consumerGroup', 'leave'],
    ['consumerGroup', 'recoverFromOffsetOutOfRange'],
    ['broker', 'connect'],
    ['broker', 'heartbeat'],
    ['broker', 'isConnected'],
    ['broker', 'joinGroup'],
    ['broker', 'syncGroup'],
    ['cluster', 'findGroupCoordinator'],
    ['cluster', 'findGroupCoordinatorMetadata'],
    ['cluster', 'metadata'],
    ['cluster', 'fetchTopicsOffset'],
    ['connection', 'connect'],
    ['requestQueue', 'scheduleCheckPendingRequests'],
    ['requestQueue', 'scheduleRequestTimeoutCheck'],
    ['requestQueue', 'destroy'],
  ] as const)('has the method of %s that is replaced: %s', (name, method) => {
    const original = asItCame(name).prototype[method];

    expect(original).toEqual(expect.any(Function));
    expect(String(repaired[name][method])).not.toBe(String(original));
  });

  it.each([
    ['consumerGroup', 'assigned'],
    ['requestQueue', 'checkPendingRequests'],
  ] as const)('has the method of %s that the repairs call: %s', (name, method) => {
    expect(asItCame(name).prototype[method]).toEqual(expect.any(Function));
  });

  it('is repaired once, however often that is asked for', () => {
    const methods = () => [
      repaired.consumerGroup['joinAndSync'],
      repaired.consumerGroup['commitOffsets'],
      repaired.broker['heartbeat'],
      repaired.requestQueue['scheduleCheckPendingRequests'],
    ];
    const before = methods();
    applyKafkajsPatches();

    for (const [index, method] of methods().entries()) expect(method).toBe(before[index]);
  });
});

describe('kafkajs as it came, where the repair is in how it is used', () => {
  const nothing = () => undefined;
  const logger = { debug: nothing, info: nothing, error: nothing, namespace: () => logger };

  it('acknowledges a send over two brokers without what moved to the one that had answered: hence the lanes', async () => {
    const moved = Object.assign(new Error('not the leader'), {
      type: 'NOT_LEADER_FOR_PARTITION',
      retriable: true,
    });
    const answer = {
      topics: [{ topicName: TOPIC, partitions: [{ partition: 1, errorCode: 0, offset: '0' }] }],
    };
    const brokers = [
      { nodeId: 0, produce: () => Promise.reject(moved) },
      { nodeId: 1, produce: () => Promise.resolve(answer) },
    ];
    let leaders: Record<string, number[]> = { 0: [0], 1: [1] };
    const cluster = {
      addMultipleTargetTopics: nothing,
      refreshMetadataIfNecessary: nothing,
      refreshMetadata: async () => void (leaders = { 1: [0, 1] }),
      isConnected: () => true,
      findTopicPartitionMetadata: () => [{ partitionId: 0 }, { partitionId: 1 }],
      findLeaderForPartitions: () => leaders,
      findBroker: ({ nodeId }: { nodeId: string }) => brokers[Number(nodeId)],
    };
    const eosManager = {
      isTransactional: () => false,
      ...{ acquireBrokerLock: nothing, releaseBrokerLock: nothing },
      ...{ getSequence: nothing, updateSequence: nothing, getProducerId: nothing, getProducerEpoch: nothing },
    };
    const require = createRequire(import.meta.url);
    const createSend = require('kafkajs/src/producer/sendMessages') as (
      options: object,
    ) => (batch: object) => Promise<{ partition: number }[]>;
    const createRetry = require('kafkajs/src/retry') as (options: object) => unknown;
    const retrier = createRetry({ retries: 3, initialRetryTime: 1 });
    const partitioner = ({ message }: { message: { partition: number } }) => message.partition;
    const send = createSend({ logger, cluster, partitioner, eosManager, retrier });
    const messages = [0, 1].map((partition) => ({ partition, value: 'order' }));

    expect(await send({ acks: -1, topicMessages: [{ topic: TOPIC, messages }] })).toEqual([
      expect.objectContaining({ partition: 1 }),
    ]);
  });

  it('delivers a batch that was fetched before a re-join after it: hence a batch is taken only where it is expected', async () => {
    const did: string[] = [];
    let rejoined: () => void = nothing;
    const rejoin = new Promise<void>((resolve) => (rejoined = resolve));
    const createFetchManager = createRequire(import.meta.url)('kafkajs/src/consumer/fetchManager') as (
      options: object,
    ) => { start(): Promise<void>; stop(): Promise<void> };
    const manager = createFetchManager({
      logger,
      getNodeIds: () => ['1', '2'],
      // the broker 1 answered before the fetch at broker 2 made the group join again
      fetch: async (nodeId: string) => {
        if (nodeId === '1') return rejoin.then(() => [{ topic: TOPIC, partition: 0 }]);
        did.push('join');
        rejoined();
        return [];
      },
      handler: async () => {
        did.push('batch');
        void manager.stop();
      },
    });
    await manager.start();

    expect(did.indexOf('batch')).toBeGreaterThan(did.indexOf('join'));
  });
});
