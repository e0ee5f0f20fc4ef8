import { createRequire } from 'node:module';
import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { PartitionAssigner } from 'kafkajs';
import { withGroupHooks, type GroupHooks } from '../../../src/kafka/kafkajs-group-patches.js';
import { prototypes } from '../../../src/kafka/kafkajs-internals.js';
import { PartitionGrowth } from '../../../src/kafka/partition-growth.js';
import { patchKafkajs } from '../../support/patch-kafkajs.js';
import { settled } from '../../support/settled.js';
import { waitFor } from '../../../src/contract/wait-for.js';

const TOPIC = 'orders';
/** How a broker of kafkajs sends. */
const SEND_REQUEST = Object.getOwnPropertySymbols(prototypes.broker).find(({ description }) =>
  description?.includes('sendRequest'),
);
const require = createRequire(import.meta.url);

interface Commit {
  topics: { topic: string; partitions: { partition: number; offset: string }[] }[];
}

interface Group {
  readonly cluster: object;
  joinAndSync(): Promise<void>;
  leave(): Promise<void>;
  heartbeat(options: { interval: number }): Promise<void>;
  lastRequest: number;
  recoverFromOffsetOutOfRange(error: { topic: string; partition: number }): Promise<void>;
  commitOffsets(commit: Commit): Promise<void>;
}

beforeAll(() => {
  patchKafkajs();
});

/** A group of kafkajs whose talk with the brokers is the test's. */
function aGroup(join: () => Promise<void> = () => Promise.resolve()) {
  const commitOffsets = jest.fn((_commit: Commit) => Promise.resolve());
  const setDefaultOffset = jest.fn((_partition: object) => Promise.resolve());
  const heartbeat = jest.fn((_options: object) => Promise.resolve());
  const leaveGroup = jest.fn((_member: object) => Promise.resolve());
  const group = Object.assign(Object.create(prototypes.consumerGroup) as Group, {
    cluster: {},
    retrier: join,
    offsetManager: { commitOffsets, setDefaultOffset, nextOffset: () => '7' },
    preferredReadReplicasPerTopicPartition: {},
    logger: { info: () => undefined, error: () => undefined },
    heartbeat,
    memberId: 'replica-1-id',
    coordinator: { leaveGroup },
    partitionsPerSubscribedTopic: new Map([[TOPIC, [0, 1]]]),
    subscriptionState: { assigned: () => [{ topic: TOPIC, partitions: [0, 1] }] },
  });
  return { group, commitOffsets, setDefaultOffset, heartbeat, leaveGroup };
}

function someHooks(did: string[], hooks: Partial<GroupHooks> = {}): GroupHooks {
  return {
    instanceId: 'replica-1',
    isLeaving: false,
    growth: new PartitionGrowth(),
    beforeJoin: async () => void did.push('before'),
    afterJoin: async (assigned) => void did.push(`after ${JSON.stringify(assigned)}`),
    confirmed: () => undefined,
    mayCommit: () => true,
    outOfRange: () => Promise.resolve('read-on'),
    ...hooks,
  };
}

/** As kafkajs does it when a consumer is made with these hooks. */
function give(hooks: GroupHooks, cluster: object): void {
  withGroupHooks(hooks)({ cluster, groupId: 'g' } as unknown as Parameters<PartitionAssigner>[0]);
}

/** As a consumer that is made with these hooks. */
function withHooks<T>({ cluster }: { readonly cluster: object }, hooks: GroupHooks, run: () => T): T {
  give(hooks, cluster);
  return run();
}

/** A broker whose responses are the test's, and which was found as the coordinator of a consumer with these hooks. */
async function findCoordinator(
  hooks: GroupHooks | undefined,
  respond: (request: unknown) => Promise<unknown>,
) {
  const coordinator = Object.assign(Object.create(prototypes.broker) as typeof prototypes.broker, {
    lookupRequest: () => (fields: object) => fields,
    [SEND_REQUEST ?? 'none']: respond,
  });
  const cluster = Object.assign(Object.create(prototypes.cluster) as typeof prototypes.cluster, {
    retrier: (find: () => unknown) => find(),
    findGroupCoordinatorMetadata: () => Promise.resolve({ coordinator: { nodeId: 1 } }),
    brokerPool: { findBroker: () => Promise.resolve(coordinator) },
  });
  if (hooks !== undefined) give(hooks, cluster);
  return cluster.findGroupCoordinator({ groupId: 'g' });
}

describe('the requests of a static member', () => {
  const ask = async (name: 'joinGroup' | 'syncGroup' | 'heartbeat', hooks?: GroupHooks) => {
    const sent: unknown[] = [];
    const respond = (request: unknown) => Promise.resolve(sent.push(request));
    await (await findCoordinator(hooks, respond))[name]({ groupId: 'g', memberId: 'm' });
    return sent;
  };

  it.each(['joinGroup', 'syncGroup', 'heartbeat'] as const)('carry its id: %s', async (name) => {
    const [sent] = await ask(name, someHooks([], { instanceId: 'replica-7' }));
    expect(sent).toMatchObject({ groupId: 'g', memberId: 'm', groupInstanceId: 'replica-7' });
    expect((await ask(name))[0]).not.toHaveProperty('groupInstanceId');
  });

  it.each([
    ['joinGroup', 5],
    ['syncGroup', 3],
    ['heartbeat', 3],
  ])('have a place for it: %s', async (name, version) => {
    type Definition = { protocol: (of: { version: number }) => (fields: object) => Encoded };
    type Encoded = { request: { encode: () => Promise<{ buffer: Buffer }> } };
    const { protocol } = require(`kafkajs/src/protocol/requests/${name}`) as Definition;
    const { request } = protocol({ version })({
      ...{ groupId: 'g', memberId: 'm', groupInstanceId: 'replica-7', protocolType: '' },
      ...{ sessionTimeout: 1, rebalanceTimeout: 1, generationId: 1, groupGenerationId: 1 },
      ...{ groupProtocols: [], groupAssignment: [] },
    });

    expect((await request.encode()).buffer.toString('latin1')).toContain('replica-7');
  });

  it('carry it again when the group first gives the member an id', async () => {
    const sent: unknown[] = [];
    const coordinator = await findCoordinator(someHooks([], { instanceId: 'replica-7' }), (request) => {
      if (sent.push(request) > 1) return Promise.resolve({});
      return Promise.reject(Object.assign(new Error(), { name: 'KafkaJSMemberIdRequired', memberId: 'm-1' }));
    });
    await coordinator.joinGroup({ groupId: 'g' });

    expect(sent).toMatchObject([
      { memberId: '', groupInstanceId: 'replica-7' },
      { memberId: 'm-1', groupInstanceId: 'replica-7' },
    ]);
  });
});

describe('a join of a group with hooks', () => {
  it('comes after the work of the old assignment, and before the first fetch of the new one', async () => {
    const did: string[] = [];
    const { group } = aGroup(async () => void did.push('join'));
    await withHooks(group, someHooks(did), () => group.joinAndSync());

    expect(did).toEqual(['before', 'join', 'after [{"topic":"orders","partitions":[0,1]}]']);
  });

  it('is shared by those that overlap', async () => {
    const did: string[] = [];
    let release: () => void = () => undefined;
    const { group } = aGroup(async () => void did.push('join'));
    const beforeJoin = () => new Promise<void>((resolve) => (release = resolve));
    const hooks = someHooks(did, { beforeJoin, afterJoin: () => Promise.resolve() });
    const joins = withHooks(group, hooks, () => Promise.all([group.joinAndSync(), group.joinAndSync()]));
    await settled();
    expect(did).toEqual([]);

    release();
    await joins;
    expect(did).toEqual(['join']);
  });

  it('is a new one when the last one is over', async () => {
    const did: string[] = [];
    const { group } = aGroup(async () => void did.push('join'));
    await withHooks(group, someHooks(did), async () => {
      await group.joinAndSync();
      await group.joinAndSync();
    });

    expect(did.filter((each) => each === 'join')).toHaveLength(2);
  });

  it('that fails, fails for all who share it, and begins nothing', async () => {
    const did: string[] = [];
    const { group } = aGroup(() => Promise.reject(new Error('fenced')));
    const joins = withHooks(group, someHooks(did), () =>
      Promise.allSettled([group.joinAndSync(), group.joinAndSync()]),
    );

    expect((await joins).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(did).toEqual(['before']);
  });

  it('has the hooks of its own run, beside another group', async () => {
    const [did, ofOther]: [string[], string[]] = [[], []];
    const [{ group }, { group: other }] = [aGroup(), aGroup()];
    await Promise.all([
      withHooks(group, someHooks(did), () => group.joinAndSync()),
      withHooks(other, someHooks(ofOther, { afterJoin: () => Promise.resolve() }), () => other.joinAndSync()),
    ]);

    expect([did.length, ofOther.length]).toEqual([2, 1]);
  });

  it('without hooks is kafkajs’ own', async () => {
    const join = jest.fn(() => Promise.resolve());
    await aGroup(join).group.joinAndSync();

    expect(join).toHaveBeenCalledTimes(1);
  });
});

describe('a commit of a group with hooks', () => {
  const commit = (...partitions: [number, string][]): Commit => ({
    topics: [{ topic: TOPIC, partitions: partitions.map(([partition, offset]) => ({ partition, offset })) }],
  });

  async function joined(mayCommit: GroupHooks['mayCommit']) {
    const made = aGroup();
    await withHooks(made.group, someHooks([], { mayCommit }), () => made.group.joinAndSync());
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
    const { group, commitOffsets } = aGroup();
    await group.commitOffsets(commit([1, '7']));

    expect(commitOffsets.mock.calls).toEqual([[commit([1, '7'])]]);
  });
});

describe('leaving a group', () => {
  it.each([
    ['is told to the group when the member leaves for good', true, 1],
    ['is not told when kafkajs leaves by itself, after a crash', false, 0],
  ])('%s', async (_what, isLeaving, times) => {
    const { group, leaveGroup } = aGroup();
    await withHooks(group, someHooks([], { isLeaving }), () => group.joinAndSync());
    await group.leave();

    expect(leaveGroup).toHaveBeenCalledTimes(times);
  });

  it('without hooks is kafkajs’ own', async () => {
    const { group, leaveGroup } = aGroup();
    await group.leave();

    expect(leaveGroup).toHaveBeenCalledTimes(1);
  });
});

describe('a position out of range', () => {
  const error = { topic: TOPIC, partition: 1 };

  it('without hooks makes kafkajs commit "the earliest" over what was committed, as unpatched kafkajs does', async () => {
    const { group, setDefaultOffset } = aGroup();
    await group.recoverFromOffsetOutOfRange(error);

    expect(setDefaultOffset.mock.calls).toEqual([[error]]);
  });

  it('with hooks is told with where the group was to read on, and nothing is committed', async () => {
    const did: string[] = [];
    const { group, setDefaultOffset } = aGroup(async () => void did.push('join'));
    const asked: unknown[] = [];
    const outOfRange = (...position: [number, bigint]) => {
      asked.push(position);
      return Promise.resolve('read-on' as const);
    };
    await withHooks(group, someHooks(did, { outOfRange }), () => group.joinAndSync());
    did.length = 0;
    await group.recoverFromOffsetOutOfRange(error);

    expect(asked).toEqual([[1, 7n]]);
    expect([did, setDefaultOffset.mock.calls]).toEqual([[], []]);
  });

  it('with hooks that ask for it makes the group join again', async () => {
    const did: string[] = [];
    const { group } = aGroup(async () => void did.push('join'));
    const hooks = someHooks(did, { outOfRange: () => Promise.resolve('rejoin') });
    await withHooks(group, hooks, async () => {
      await group.joinAndSync();
      did.length = 0;
      await group.recoverFromOffsetOutOfRange(error);
    });

    expect(did).toEqual(['before', 'join', expect.stringContaining('after')]);
  });
});

describe('a heartbeat', () => {
  it('is sent for the hooks whenever they want, though kafkajs finds none due', async () => {
    const { group, heartbeat } = aGroup();
    let beat = () => Promise.resolve();
    const hooks = someHooks([], { afterJoin: async (_assigned, hook) => void (beat = hook) });
    await withHooks(group, hooks, () => group.joinAndSync());
    await beat();

    expect(heartbeat.mock.calls).toEqual([[{ interval: 0 }]]);
  });

  /** A group as kafkajs makes it, save for its joins and its coordinator. */
  function realGroup(join: () => Promise<void> = () => Promise.resolve(), memberId: string | null = 'an id') {
    const heartbeat = jest.fn(() => Promise.resolve());
    const ConsumerGroup = prototypes.consumerGroup.constructor as new (options: object) => Group;
    const parts = {
      cluster: {},
      topics: [],
      logger: { namespace: () => undefined },
      instrumentationEmitter: { emit: () => undefined },
    };
    const group = Object.assign(new ConsumerGroup(parts), {
      retrier: join,
      memberId,
      coordinator: { heartbeat },
      partitionsPerSubscribedTopic: new Map(),
      subscriptionState: { assigned: () => [] },
      lastRequest: 0,
    });
    return { group, heartbeat };
  }

  it('is sent when the clock was set back since the last one, which holds it up in unpatched kafkajs', async () => {
    const { group, heartbeat } = realGroup();
    group.lastRequest = Date.now() + 3_600_000;
    let beat = () => Promise.resolve();
    const hooks = someHooks([], { afterJoin: async (_assigned, hook) => void (beat = hook) });
    await withHooks(group, hooks, () => group.joinAndSync());

    await group.heartbeat({ interval: 0 });
    expect(heartbeat).not.toHaveBeenCalled();
    await beat();
    expect(heartbeat).toHaveBeenCalledTimes(1);
  });

  it('says nothing of a join that failed in unpatched kafkajs: no other one follows', async () => {
    const { group, heartbeat } = realGroup(() => Promise.reject(new Error('closed')), null);
    await expect(group.joinAndSync()).rejects.toThrow('closed');

    await expect(group.heartbeat({ interval: 0 })).resolves.toBeUndefined();
    expect(heartbeat).not.toHaveBeenCalled();
  });

  it.each(['an id', null])('asks for another join after one that failed, with %s', async (memberId) => {
    const join = jest
      .fn<() => Promise<void>>()
      .mockRejectedValueOnce(new Error('closed'))
      .mockResolvedValue();
    const { group, heartbeat } = realGroup(join, memberId);
    await withHooks(group, someHooks([]), async () => {
      await expect(group.joinAndSync()).rejects.toThrow('closed');
      await expect(group.heartbeat({ interval: 0 })).rejects.toMatchObject({ type: 'REBALANCE_IN_PROGRESS' });
      expect(heartbeat).not.toHaveBeenCalled();

      await group.joinAndSync();
      await expect(group.heartbeat({ interval: 0 })).resolves.toBeUndefined();
    });
  });

  it('asks for no other join while one goes on', async () => {
    const { group } = realGroup();
    await withHooks(group, someHooks([], { beforeJoin: () => new Promise(() => undefined) }), async () => {
      void group.joinAndSync();
      await expect(group.heartbeat({ interval: 0 })).resolves.toBeUndefined();
    });
  });
});

describe.each(['heartbeat', 'syncGroup'] as const)('the response to a sign of life (%s)', (name) => {
  it('is told with when it was sent, not with when it is read', async () => {
    const stamps: number[] = [];
    let respond: (value: unknown) => void = () => undefined;
    const hooks = someHooks([], { confirmed: (at) => stamps.push(at) });
    const broker = await findCoordinator(hooks, () => new Promise((resolve) => (respond = resolve)));
    const before = performance.now();
    const sent = broker[name]({});
    const after = performance.now();
    expect(stamps).toEqual([]);

    await waitFor('time to pass', () => performance.now() > after);
    respond({});
    await sent;
    expect(stamps).toHaveLength(1);
    expect(stamps[0]).toBeGreaterThanOrEqual(before);
    expect(stamps[0]).toBeLessThanOrEqual(after);
  });

  it('is not told when it is a refusal, which goes on to kafkajs', async () => {
    const stamps: number[] = [];
    const hooks = someHooks([], { confirmed: (at) => stamps.push(at) });
    const broker = await findCoordinator(hooks, () => Promise.reject(new Error('REBALANCE_IN_PROGRESS')));

    await expect(broker[name]({})).rejects.toThrow('REBALANCE_IN_PROGRESS');
    expect(stamps).toEqual([]);
  });
});
