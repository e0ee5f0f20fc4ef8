import { afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createRequire } from 'node:module';
import packageJson from '../../../../package.json' with { type: 'json' };
import {
  applyKafkajsRepairs,
  repairedMethods,
  withGroupHooks,
  type GroupHooks,
} from '../../../../src/infrastructure/messaging/kafka/kafkajs-repairs.js';
import { settled } from '../../../support/stub-producers.js';
import { waitFor } from '../../../support/wait-for.js';

const VERSION = '2.2.4';
const TOPIC = 'orders';
const SOURCES = {
  consumerGroup: 'kafkajs/src/consumer/consumerGroup',
  broker: 'kafkajs/src/broker',
  cluster: 'kafkajs/src/cluster',
  requestQueue: 'kafkajs/src/network/requestQueue',
} as const;

interface Queue {
  push(request: {
    entry: { correlationId: number; reject?: (error: Error) => void };
    expectResponse: boolean;
    sendRequest: () => void;
  }): void;
  maybeThrottle(ms: number): void;
  checkPendingRequests(): void;
  scheduleRequestTimeoutCheck(): void;
  waitForPendingRequests(): Promise<void>;
  destroy(): void;
}
type QueueClass = new (options: object) => Queue;

interface Commit {
  topics: { topic: string; partitions: { partition: number; offset: string }[] }[];
}

interface Cluster {
  findGroupCoordinatorMetadata(group: { groupId: string }): Promise<unknown>;
}

interface Group {
  joinAndSync(): Promise<void>;
  leave(): Promise<void>;
  heartbeat(options: { interval: number }): Promise<void>;
  recoverFromOffsetOutOfRange(error: { topic: string; partition: number }): Promise<void>;
  commitOffsets(commit: Commit): Promise<void>;
}

/** A class of kafkajs as it came, apart from the one that is repaired. */
function asItCame(name: keyof typeof SOURCES): { readonly prototype: Record<string, unknown> } {
  jest.resetModules();
  return createRequire(import.meta.url)(SOURCES[name]) as { prototype: Record<string, unknown> };
}

const repaired = repairedMethods as unknown as Record<keyof typeof SOURCES, Record<string, unknown>>;

beforeAll(() => {
  applyKafkajsRepairs();
});

describe('kafkajs', () => {
  it('is pinned to the version that was read, and installed in it', () => {
    expect(packageJson.dependencies.kafkajs).toBe(VERSION);
    expect(createRequire(import.meta.url)('kafkajs/package.json')).toMatchObject({ version: VERSION });
  });

  it.each([
    ['consumerGroup', 'joinAndSync'],
    ['consumerGroup', 'commitOffsets'],
    ['consumerGroup', 'leave'],
    ['consumerGroup', 'recoverFromOffsetOutOfRange'],
    ['broker', 'heartbeat'],
    ['broker', 'syncGroup'],
    ['cluster', 'findGroupCoordinatorMetadata'],
    ['requestQueue', 'scheduleCheckPendingRequests'],
    ['requestQueue', 'scheduleRequestTimeoutCheck'],
  ] as const)('has the method of %s that is replaced: %s', (name, method) => {
    const original = asItCame(name).prototype[method];

    expect(original).toEqual(expect.any(Function));
    expect(String(repaired[name][method])).not.toBe(String(original));
  });

  it.each([
    ['consumerGroup', 'assigned'],
    ['consumerGroup', 'heartbeat'],
    ['requestQueue', 'checkPendingRequests'],
    ['requestQueue', 'destroy'],
  ] as const)('has the method of %s that the repairs call: %s', (name, method) => {
    expect(asItCame(name).prototype[method]).toEqual(expect.any(Function));
  });

  it.each(['pending', 'inflight', 'isConnected', 'throttledUntil', 'throttleCheckTimeoutId'])(
    'has the field of the request queue that the repairs read: %s',
    (field) => {
      expect(queueOf(asItCame('requestQueue') as unknown as QueueClass)).toHaveProperty(field);
    },
  );

  it('is repaired once, however often that is asked for', () => {
    const methods = () => [
      repaired.consumerGroup['joinAndSync'],
      repaired.consumerGroup['commitOffsets'],
      repaired.broker['heartbeat'],
      repaired.requestQueue['scheduleCheckPendingRequests'],
    ];
    const before = methods();
    applyKafkajsRepairs();

    for (const [index, method] of methods().entries()) expect(method).toBe(before[index]);
  });
});

const REQUEST_TIMEOUT_MS = 1_000;
const queues: Queue[] = [];

function queueOf(QueueClass: QueueClass, isConnected = () => true): Queue {
  const nothing = () => undefined;
  const queue = new QueueClass({
    isConnected,
    maxInFlightRequests: null,
    requestTimeout: REQUEST_TIMEOUT_MS,
    enforceRequestTimeout: true,
    clientId: 'test',
    broker: 'broker:9092',
    logger: { debug: nothing, warn: nothing },
  });
  queues.push(queue);
  return queue;
}

describe('the timer of a request queue', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    for (const queue of queues.splice(0)) queue.destroy();
    jest.useRealTimers();
  });

  const asRepaired = () => queueOf(repairedMethods.requestQueue.constructor as unknown as QueueClass);
  const request = (sendRequest: () => void) => ({
    entry: { correlationId: 1 },
    expectResponse: true,
    sendRequest,
  });

  it('is armed for ever in kafkajs as it came: that is what is mended', async () => {
    const queue = queueOf(asItCame('requestQueue') as unknown as QueueClass);
    queue.checkPendingRequests();
    await jest.advanceTimersByTimeAsync(60_000);

    expect(jest.getTimerCount()).toBe(1);
  });

  it('is not armed while nothing is pending', () => {
    const queue = asRepaired();
    queue.checkPendingRequests();
    queue.push(request(() => undefined));

    expect(jest.getTimerCount()).toBe(0);
  });

  it('is armed while a request is held back, which is sent when the broker allows it', async () => {
    const send = jest.fn();
    const queue = asRepaired();
    queue.maybeThrottle(500);
    queue.push(request(send));
    await jest.advanceTimersByTimeAsync(499);
    expect(send).not.toHaveBeenCalled();
    expect(jest.getTimerCount()).toBe(1);

    await jest.advanceTimersByTimeAsync(1);
    expect(send).toHaveBeenCalledTimes(1);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('is armed once, however many requests are held back', () => {
    const queue = asRepaired();
    queue.maybeThrottle(500);
    for (let count = 0; count < 3; count++) queue.push(request(() => undefined));

    expect(jest.getTimerCount()).toBe(1);
  });
});

describe('a request that is never answered', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    for (const queue of queues.splice(0)) queue.destroy();
    jest.useRealTimers();
  });

  const asRepaired = () => repairedMethods.requestQueue.constructor as unknown as QueueClass;
  const original = () => asItCame('requestQueue') as unknown as QueueClass;

  /** What becomes of it when `meanwhile` happens after it was sent. */
  async function fateOf(
    QueueClass: QueueClass,
    meanwhile: (connection: { isConnected: boolean }) => void,
  ): Promise<{ readonly failure: string | undefined; readonly closed: boolean }> {
    const connection = { isConnected: true };
    const queue = queueOf(QueueClass, () => connection.isConnected);
    const reject = jest.fn((_error: Error) => undefined);
    queue.scheduleRequestTimeoutCheck();
    queue.push({
      entry: { correlationId: 1, reject },
      expectResponse: true,
      sendRequest: () => undefined,
    });
    await jest.advanceTimersByTimeAsync(REQUEST_TIMEOUT_MS / 2);
    meanwhile(connection);
    const closed = jest.fn();
    void queue.waitForPendingRequests().then(closed);
    await jest.advanceTimersByTimeAsync(REQUEST_TIMEOUT_MS / 2 + 300);
    return { failure: reject.mock.calls[0]?.[0].name, closed: closed.mock.calls.length > 0 };
  }

  const clockSetBack = () => jest.setSystemTime(Date.now() - 3_600_000);
  const closing = (connection: { isConnected: boolean }) => {
    connection.isConnected = false;
  };

  it.each([
    ['the clock is set back', clockSetBack],
    ['its connection is being closed', closing],
  ])('waits for good with kafkajs as it came when %s: that is what is mended', async (_when, meanwhile) => {
    expect(await fateOf(original(), meanwhile)).toEqual({ failure: undefined, closed: false });
  });

  it.each([
    ['all is well', () => undefined],
    ['the clock is set back', clockSetBack],
    ['its connection is being closed', closing],
  ])('times out when %s, and the connection can be closed', async (_when, meanwhile) => {
    expect(await fateOf(asRepaired(), meanwhile)).toEqual({
      failure: 'KafkaJSRequestTimeoutError',
      closed: true,
    });
  });

  it('leaves no timer when its connection is closed', async () => {
    await fateOf(asRepaired(), closing);
    await jest.advanceTimersByTimeAsync(100);

    expect(jest.getTimerCount()).toBe(0);
  });
});

/** A group of kafkajs whose talk with the brokers is the test's. */
function groupOf(join: () => Promise<void> = () => Promise.resolve()) {
  const commitOffsets = jest.fn((_commit: Commit) => Promise.resolve());
  const setDefaultOffset = jest.fn((_partition: object) => Promise.resolve());
  const heartbeat = jest.fn((_options: object) => Promise.resolve());
  const leaveGroup = jest.fn((_member: object) => Promise.resolve());
  const group = Object.assign(Object.create(repairedMethods.consumerGroup) as Group, {
    retrier: join,
    offsetManager: { commitOffsets, setDefaultOffset, nextOffset: () => '7' },
    preferredReadReplicasPerTopicPartition: {},
    logger: { info: () => undefined, error: () => undefined },
    heartbeat,
    memberId: 'replica-1-id',
    coordinator: { leaveGroup },
    subscriptionState: { assigned: () => [{ topic: TOPIC, partitions: [0, 1] }] },
  });
  return { group, commitOffsets, setDefaultOffset, heartbeat, leaveGroup };
}

function hooksOf(did: string[], hooks: Partial<GroupHooks> = {}): GroupHooks {
  return {
    instanceId: 'replica-1',
    isLeaving: false,
    beforeJoin: async () => void did.push('before'),
    afterJoin: async (assigned) => void did.push(`after ${JSON.stringify(assigned)}`),
    answered: () => undefined,
    mayCommit: () => true,
    outOfRange: () => Promise.resolve('read-on'),
    ...hooks,
  };
}

describe('the requests of a static member', () => {
  const fields = { groupId: 'g', memberId: 'm', groupProtocols: [], groupAssignment: [] };
  const numbers = { sessionTimeout: 1, rebalanceTimeout: 1, generationId: 1, groupGenerationId: 1 };
  type Encoded = { request: { encode: () => Promise<{ buffer: Buffer }> } };
  const [joinGroup, syncGroup, heartbeat] = repairedMethods.requestsOfMembers;

  it.each([
    ['join', 5, joinGroup],
    ['sync', 3, syncGroup],
    ['heartbeat', 3, heartbeat],
  ])('carry its id: %s', async (_name, version, definition) => {
    const encoded = async () => {
      const { request } = definition?.protocol({ version })({
        ...fields,
        ...numbers,
        protocolType: '',
      }) as Encoded;
      return (await request.encode()).buffer.toString('latin1');
    };
    expect(await withGroupHooks(hooksOf([], { instanceId: 'replica-7' }), encoded)).toContain('replica-7');
    expect(await encoded()).not.toContain('replica');
  });
});

describe('a join of a group with hooks', () => {
  it('comes after the work of the old assignment, and before the first fetch of the new one', async () => {
    const did: string[] = [];
    const { group } = groupOf(async () => void did.push('join'));
    await withGroupHooks(hooksOf(did), () => group.joinAndSync());

    expect(did).toEqual(['before', 'join', 'after [{"topic":"orders","partitions":[0,1]}]']);
  });

  it('is shared by those that overlap', async () => {
    const did: string[] = [];
    let release: () => void = () => undefined;
    const { group } = groupOf(async () => void did.push('join'));
    const beforeJoin = () => new Promise<void>((resolve) => (release = resolve));
    const hooks = hooksOf(did, { beforeJoin, afterJoin: () => Promise.resolve() });
    const joins = withGroupHooks(hooks, () => Promise.all([group.joinAndSync(), group.joinAndSync()]));
    await settled();
    expect(did).toEqual([]);

    release();
    await joins;
    expect(did).toEqual(['join']);
  });

  it('is a new one when the last one is over', async () => {
    const did: string[] = [];
    const { group } = groupOf(async () => void did.push('join'));
    await withGroupHooks(hooksOf(did), async () => {
      await group.joinAndSync();
      await group.joinAndSync();
    });

    expect(did.filter((each) => each === 'join')).toHaveLength(2);
  });

  it('that fails, fails for all who share it, and begins nothing', async () => {
    const did: string[] = [];
    const { group } = groupOf(() => Promise.reject(new Error('fenced')));
    const joins = withGroupHooks(hooksOf(did), () =>
      Promise.allSettled([group.joinAndSync(), group.joinAndSync()]),
    );

    expect((await joins).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(did).toEqual(['before']);
  });

  it('has the hooks of its own run, beside another group', async () => {
    const [did, ofOther]: [string[], string[]] = [[], []];
    const [{ group }, { group: other }] = [groupOf(), groupOf()];
    await Promise.all([
      withGroupHooks(hooksOf(did), () => group.joinAndSync()),
      withGroupHooks(hooksOf(ofOther, { afterJoin: () => Promise.resolve() }), () => other.joinAndSync()),
    ]);

    expect([did.length, ofOther.length]).toEqual([2, 1]);
  });

  it('without hooks is kafkajs’ own', async () => {
    const join = jest.fn(() => Promise.resolve());
    await groupOf(join).group.joinAndSync();

    expect(join).toHaveBeenCalledTimes(1);
  });
});

describe('a commit of a group with hooks', () => {
  const commit = (...partitions: [number, string][]): Commit => ({
    topics: [{ topic: TOPIC, partitions: partitions.map(([partition, offset]) => ({ partition, offset })) }],
  });

  async function joined(mayCommit: GroupHooks['mayCommit']) {
    const made = groupOf();
    await withGroupHooks(hooksOf([], { mayCommit }), () => made.group.joinAndSync());
    return made;
  }

  it('drops what may not be committed at this moment', async () => {
    const { group, commitOffsets } = await joined((partition, offset) => partition === 0 && offset === 5n);
    await group.commitOffsets(commit([0, '5'], [1, '5']));

    expect(commitOffsets.mock.calls).toEqual([[commit([0, '5'])]]);
  });

  it('asks at each try', async () => {
    let owned = true;
    const { group, commitOffsets } = await joined(() => owned);
    await group.commitOffsets(commit([0, '5']));
    owned = false;
    await group.commitOffsets(commit([0, '5']));

    expect(commitOffsets).toHaveBeenCalledTimes(1);
  });

  it('knows offsets of 64 bits', async () => {
    const asked: bigint[] = [];
    const { group } = await joined((_partition, offset) => asked.push(offset) > 0);
    await group.commitOffsets(commit([0, '9007199254740993']));

    expect(asked).toEqual([9007199254740993n]);
  });

  it('without hooks is kafkajs’ own', async () => {
    const { group, commitOffsets } = groupOf();
    await group.commitOffsets(commit([1, '7']));

    expect(commitOffsets.mock.calls).toEqual([[commit([1, '7'])]]);
  });
});

describe('a coordinator that no broker knows', () => {
  const nobodyKnows = { brokerPool: { withBroker: () => Promise.resolve(undefined) } };
  const find = (prototype: object) =>
    (Object.assign(Object.create(prototype) as object, nobodyKnows) as unknown as Cluster)
      .findGroupCoordinatorMetadata({ groupId: 'group' })
      .catch((error: unknown) => error);

  it('ends a consumer of kafkajs as it came for good: that is what is mended', async () => {
    expect(await find(asItCame('cluster').prototype)).toMatchObject({
      name: 'KafkaJSGroupCoordinatorNotFound',
      retriable: false,
    });
  });

  it('is looked for again', async () => {
    expect(await find(repaired.cluster)).toMatchObject({
      name: 'KafkaJSGroupCoordinatorNotFound',
      retriable: true,
    });
  });
});

describe('a broker that could not be reached yet', () => {
  const ask = (prototype: object) => {
    const Broker = prototype.constructor as new (options: object) => { metadata(): Promise<unknown> };
    return new Broker({ connectionPool: {}, logger: { namespace: () => undefined } })
      .metadata()
      .catch((error: unknown) => error);
  };

  it('fails with a plain error in kafkajs as it came, which ends a consumer for good: that is what is mended', async () => {
    expect(await ask(asItCame('broker').prototype)).toEqual(new Error('Broker not connected'));
    expect(await ask(asItCame('broker').prototype)).not.toHaveProperty('retriable');
  });

  it('is tried again', async () => {
    expect(await ask(repaired.broker)).toMatchObject({ message: 'Broker not connected', retriable: true });
  });
});

describe('leaving a group', () => {
  it.each([
    ['is told to the group when the member leaves for good', true, 1],
    ['is not told when kafkajs leaves by itself, after a crash', false, 0],
  ])('%s', async (_what, isLeaving, times) => {
    const { group, leaveGroup } = groupOf();
    await withGroupHooks(hooksOf([], { isLeaving }), () => group.joinAndSync());
    await group.leave();

    expect(leaveGroup).toHaveBeenCalledTimes(times);
  });

  it('without hooks is kafkajs’ own', async () => {
    const { group, leaveGroup } = groupOf();
    await group.leave();

    expect(leaveGroup).toHaveBeenCalledTimes(1);
  });
});

describe('a position out of range', () => {
  const error = { topic: TOPIC, partition: 1 };

  it('without hooks makes kafkajs commit "the earliest" over what was committed: that is what is mended', async () => {
    const { group, setDefaultOffset } = groupOf();
    await group.recoverFromOffsetOutOfRange(error);

    expect(setDefaultOffset.mock.calls).toEqual([[error]]);
  });

  it('with hooks is told with where the group was to read on, and nothing is committed', async () => {
    const did: string[] = [];
    const { group, setDefaultOffset } = groupOf(async () => void did.push('join'));
    const asked: unknown[] = [];
    const outOfRange = (...position: [number, bigint]) => {
      asked.push(position);
      return Promise.resolve('read-on' as const);
    };
    await withGroupHooks(hooksOf(did, { outOfRange }), () => group.joinAndSync());
    did.length = 0;
    await group.recoverFromOffsetOutOfRange(error);

    expect(asked).toEqual([[1, 7n]]);
    expect([did, setDefaultOffset.mock.calls]).toEqual([[], []]);
  });

  it('with hooks that ask for it makes the group join again', async () => {
    const did: string[] = [];
    const { group } = groupOf(async () => void did.push('join'));
    const hooks = hooksOf(did, { outOfRange: () => Promise.resolve('join-again') });
    await withGroupHooks(hooks, async () => {
      await group.joinAndSync();
      did.length = 0;
      await group.recoverFromOffsetOutOfRange(error);
    });

    expect(did).toEqual(['before', 'join', expect.stringContaining('after')]);
  });
});

describe('a heartbeat', () => {
  it('is sent for the hooks whenever they want, though kafkajs finds none due', async () => {
    const { group, heartbeat } = groupOf();
    let beat = () => Promise.resolve();
    const hooks = hooksOf([], { afterJoin: async (_assigned, hook) => void (beat = hook) });
    await withGroupHooks(hooks, () => group.joinAndSync());
    await beat();

    expect(heartbeat.mock.calls).toEqual([[{ interval: 0 }]]);
  });

  it('is sent when the clock was set back since the last one, which holds it up in kafkajs as it came', async () => {
    const heartbeat = jest.fn(() => Promise.resolve());
    const ConsumerGroup = repairedMethods.consumerGroup.constructor as new (options: object) => Group;
    const parts = {
      topics: [],
      logger: { namespace: () => undefined },
      instrumentationEmitter: { emit: () => undefined },
    };
    const group = Object.assign(new ConsumerGroup(parts), {
      retrier: () => Promise.resolve(),
      memberId: 'replica-1-id',
      coordinator: { heartbeat },
      subscriptionState: { assigned: () => [] },
      lastRequest: Date.now() + 3_600_000,
    });
    let beat = () => Promise.resolve();
    const hooks = hooksOf([], { afterJoin: async (_assigned, hook) => void (beat = hook) });
    await withGroupHooks(hooks, () => group.joinAndSync());

    await group.heartbeat({ interval: 0 });
    expect(heartbeat).not.toHaveBeenCalled();
    await beat();
    expect(heartbeat).toHaveBeenCalledTimes(1);
  });
});

describe.each(['heartbeat', 'syncGroup'] as const)('the answer to a sign of life (%s)', (name) => {
  const SEND = Object.getOwnPropertySymbols(repairedMethods.broker).find(({ description }) =>
    description?.includes('sendRequest'),
  );

  /** A broker that takes its time. */
  function brokerOf(answer: () => Promise<unknown>) {
    return Object.assign(Object.create(repairedMethods.broker) as typeof repairedMethods.broker, {
      lookupRequest: () => () => ({}),
      [SEND ?? 'none']: answer,
    });
  }

  it('is told with when it was sent, not with when it is read', async () => {
    const stamps: number[] = [];
    let answer: (value: unknown) => void = () => undefined;
    const broker = brokerOf(() => new Promise((resolve) => (answer = resolve)));
    const before = performance.now();
    const sent = withGroupHooks(hooksOf([], { answered: (at) => stamps.push(at) }), () => broker[name]({}));
    const after = performance.now();
    expect(stamps).toEqual([]);

    await waitFor('time to pass', () => performance.now() > after);
    answer({});
    await sent;
    expect(stamps).toHaveLength(1);
    expect(stamps[0]).toBeGreaterThanOrEqual(before);
    expect(stamps[0]).toBeLessThanOrEqual(after);
  });

  it('is not told when it is a refusal, which goes on to kafkajs', async () => {
    const stamps: number[] = [];
    const broker = brokerOf(() => Promise.reject(new Error('REBALANCE_IN_PROGRESS')));
    const sent = withGroupHooks(hooksOf([], { answered: (at) => stamps.push(at) }), () => broker[name]({}));

    await expect(sent).rejects.toThrow('REBALANCE_IN_PROGRESS');
    expect(stamps).toEqual([]);
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
