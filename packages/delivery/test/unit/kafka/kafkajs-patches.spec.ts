import { beforeAll, describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import packageJson from '../../../package.json' with { type: 'json' };
import { silentLogger } from '../../../src/contract/silent-logger.js';
import { KAFKAJS_VERSION, patch, privateMethod, prototypes } from '../../../src/kafka/kafkajs-internals.js';
import { patchKafkajs } from '../../support/patch-kafkajs.js';
import { unpatched, type PatchedClass } from '../../support/unpatched-kafkajs.js';

const TOPIC = 'orders';
const METHODS = [
  ['consumerGroup', 'joinAndSync'],
  ['consumerGroup', 'heartbeat'],
  ['consumerGroup', 'commitOffsets'],
  ['consumerGroup', 'leave'],
  ['consumerGroup', 'recoverFromOffsetOutOfRange'],
  ['broker', 'connect'],
  ['broker', 'fetch'],
  ['broker', 'heartbeat'],
  ['broker', 'isConnected'],
  ['broker', 'joinGroup'],
  ['broker', 'syncGroup'],
  ['cluster', 'findBroker'],
  ['cluster', 'findGroupCoordinatorMetadata'],
  ['cluster', 'metadata'],
  ['cluster', 'fetchTopicsOffset'],
  ['connection', 'connect'],
  ['requestQueue', 'scheduleCheckPendingRequests'],
  ['requestQueue', 'scheduleRequestTimeoutCheck'],
  ['requestQueue', 'sendSocketRequest'],
  ['requestQueue', 'destroy'],
  ['saslAuthenticator', 'authenticate'],
] as const;

const patched = prototypes as unknown as Record<PatchedClass, Record<string, unknown>>;

beforeAll(() => {
  patchKafkajs();
});

describe('kafkajs', () => {
  it('is pinned to the version that was read, and installed in it', () => {
    expect(packageJson.dependencies.kafkajs).toBe(KAFKAJS_VERSION);
    const installed: unknown = createRequire(import.meta.url)('kafkajs/package.json');
    expect(installed).toMatchObject({ version: KAFKAJS_VERSION });
  });

  it.each(METHODS)('has the method of %s that is patched: %s', (name, method) => {
    const original = unpatched(name).prototype[method];

    expect(original).toEqual(expect.any(Function));
    expect(String(patched[name][method])).not.toBe(String(original));
  });

  it.each([
    ['consumerGroup', 'assigned'],
    ['requestQueue', 'checkPendingRequests'],
    ['broker', 'findGroupCoordinator'],
    ['broker', 'metadata'],
  ] as const)('has the method of %s that the patches call: %s', (name, method) => {
    expect(unpatched(name).prototype[method]).toEqual(expect.any(Function));
  });

  it('is patched once, however many clients are made', () => {
    const methods = () => METHODS.map(([name, method]) => patched[name][method]);
    const before = methods();
    patchKafkajs();

    for (const [index, method] of methods().entries()) expect(method).toBe(before[index]);
  });

  it.each(METHODS)('without the method of %s that is patched makes no client: %s', async (name, method) => {
    const { prototype } = unpatched(name);
    Reflect.deleteProperty(prototype, method);
    const { createKafkaClient } = await import('../../../src/kafka/kafka-client.js');
    const create = () =>
      createKafkaClient({ brokers: ['127.0.0.1:9'], clientId: 'c', requestTimeoutMs: 1 }, silentLogger);

    const className = prototype.constructor.name;
    expect(create).toThrow(
      `kafkajs ${KAFKAJS_VERSION} is needed, ${KAFKAJS_VERSION} was found: it has no ${className}.${method}`,
    );
    expect(create).toThrow('kafkajs');
  });

  it('has a client made in one place only', () => {
    const src = new URL('../../../src/', import.meta.url);
    const makers = readdirSync(src, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .filter((file) => {
        const text = readFileSync(new URL(file, src), 'utf8');
        return /new Kafka\(|import (?!type)[^;]*\bKafka\b[^;]*from 'kafkajs'|kafkajs\.Kafka\b/.test(text);
      });

    expect(makers).toEqual(['kafka/kafka-client.ts']);
  });
});

describe('a patch', () => {
  class Target {
    greet(): string {
      return 'hello';
    }
  }

  it('replaces a method, which it may call', () => {
    patch(Target.prototype, 'greet', (greet) => {
      return function (this: Target) {
        return `${greet.call(this)}, again`;
      };
    });

    expect(new Target().greet()).toBe('hello, again');
  });

  it('of a method that was patched before throws', () => {
    expect(() => patch(Target.prototype, 'greet', () => () => '')).toThrow('Target.greet is patched already');
  });

  it('of a method that there is not throws, and so does the search for one behind a symbol', () => {
    const absent = {} as Target;

    expect(() => patch(absent, 'greet', () => () => '')).toThrow('it has no Object.greet');
    expect(() => privateMethod(new Target(), 'private:greet')).toThrow('it has no Target[private:greet]');
  });
});

describe('unpatched kafkajs, where the fix is in how it is used', () => {
  const nothing = () => undefined;
  const logger = { debug: nothing, info: nothing, error: nothing, namespace: () => logger };

  it('acknowledges a send over two brokers without what moved to the one that had responded: hence a sender of our own', async () => {
    const moved = Object.assign(new Error('not the leader'), {
      type: 'NOT_LEADER_FOR_PARTITION',
      retriable: true,
    });
    const response = {
      topics: [{ topicName: TOPIC, partitions: [{ partition: 1, errorCode: 0, offset: '0' }] }],
    };
    const brokers = [
      { nodeId: 0, produce: () => Promise.reject(moved) },
      { nodeId: 1, produce: () => Promise.resolve(response) },
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
      // the broker 1 responded before the fetch at broker 2 made the group join again
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
