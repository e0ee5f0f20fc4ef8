import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Admin, Consumer, ConsumerRunConfig, EachBatchPayload, Kafka, PartitionAssigner } from 'kafkajs';
import type { GroupMember, Positions, RecordBatch } from '../../../src/engine/record-source.js';
import type { FetchedBatch } from '../../../src/kafka/kafka-batch.js';
import { KafkaMembership } from '../../../src/kafka/kafka-membership.js';
import { prototypes, type Cluster, type ConsumerGroup } from '../../../src/kafka/kafkajs-internals.js';
import type { LogRecord } from '../../../src/kafka/log-record.js';
import { createErrorFromCode } from '../../../src/kafka/protocol-error.js';
import { patchKafkajs } from '../../support/patch-kafkajs.js';
import { RecordingLogger } from '../../support/recording-logger.js';

const TOPIC = 'orders';
const ASSIGNED = [{ topic: TOPIC, partitions: [0, 2] }];
const SETTINGS = {
  topic: TOPIC,
  groupId: 'group',
  sessionTimeoutMs: 10_000,
  heartbeatIntervalMs: 1_000,
  rebalanceTimeoutMs: 15_000,
};
const NEVER = new Promise<never>(() => undefined);

/** What the membership uses of a kafkajs consumer; the test speaks for kafkajs through `tell`. */
class StubConsumer {
  readonly events = {
    CRASH: 'crash',
  } as const;
  readonly did: unknown[] = [];
  running: ConsumerRunConfig = {};
  disconnecting: () => Promise<void> = () => Promise.resolve();
  private readonly listeners = new Map<string, (event: { payload: unknown }) => void>();

  on(event: string, listener: (event: { payload: unknown }) => void): void {
    this.listeners.set(event, listener);
  }

  tell(event: keyof StubConsumer['events'], payload: unknown = {}): void {
    this.listeners.get(this.events[event])?.({ payload });
  }

  connect = () => this.note('connect');
  subscribe = (subscription: unknown) => this.note({ subscribe: subscription });
  seek = (position: unknown) => void this.note({ seek: position });
  pause = (partitions: unknown) => void this.note({ pause: partitions });
  resume = (partitions: unknown) => void this.note({ resume: partitions });
  commitOffsets = (offsets: unknown) => this.note({ commit: offsets });
  run = (config: ConsumerRunConfig) => {
    this.running = config;
    return this.note('run');
  };
  disconnect = () => {
    void this.note('disconnect');
    return this.disconnecting();
  };

  private note(what: unknown): Promise<void> {
    this.did.push(what);
    return Promise.resolve();
  }
}

/** The delivery engine's side. */
class NotingMember implements GroupMember {
  readonly id = 'replica-1';
  readonly logger = new RecordingLogger();
  readonly batches: RecordBatch[] = [];
  readonly failures: Error[] = [];
  positions: Positions | undefined;
  next: bigint | undefined;

  beforeRejoin = jest.fn(() => Promise.resolve());
  mayCommit = jest.fn((_partition: number, position: bigint) => position === 5n);

  assigned(positions: Positions): void {
    this.positions = positions;
  }

  received(batch: RecordBatch): bigint | undefined {
    this.batches.push(batch);
    return this.next;
  }

  failed(error: Error): void {
    this.failures.push(error);
  }
}

let consumer: StubConsumer;
let member: NotingMember;
let logger: RecordingLogger;
let destroy: jest.Mock<() => void>;
let fetchOffsets: jest.Mock<Admin['fetchOffsets']>;
let fetchTopicOffsets: jest.Mock<Admin['fetchTopicOffsets']>;
let consumerConfig: jest.Mock<Kafka['consumer']>;
let heartbeat: jest.Mock<() => Promise<void>>;
let membership: KafkaMembership;

/** The group has taken the member in, as kafkajs tells it. */
async function join(assigned = ASSIGNED): Promise<void> {
  membership.confirmed(performance.now());
  await membership.afterJoin(assigned, heartbeat);
}

beforeEach(() => {
  consumer = new StubConsumer();
  member = new NotingMember();
  logger = member.logger;
  destroy = jest.fn();
  heartbeat = jest.fn(() => Promise.resolve());
  consumerConfig = jest.fn(() => consumer as unknown as Consumer);
  const offset = (partition: number, high = '100') => ({ partition, low: '0', high, offset: high });
  fetchTopicOffsets = jest.fn(() => Promise.resolve([offset(0), offset(1), offset(2, '0')]));
  fetchOffsets = jest.fn(() =>
    Promise.resolve([
      {
        topic: TOPIC,
        partitions: [
          { partition: 0, offset: '7', metadata: 'noted' },
          { partition: 1, offset: '9', metadata: null },
          { partition: 2, offset: '-1', metadata: null },
        ],
      },
    ]),
  );
  membership = new KafkaMembership(
    member,
    SETTINGS,
    { kafka: { consumer: consumerConfig } as unknown as Kafka, destroy },
    { fetchOffsets, fetchTopicOffsets } as unknown as Admin,
  );
});
afterEach(async () => {
  consumer.disconnecting = () => Promise.resolve();
  await membership.leave();
  jest.useRealTimers();
});

const positions = () => [...(member.positions?.values() ?? [])].map(({ position }) => position);
const RECORD = { key: Buffer.from('k'), value: Buffer.from('v'), headers: { name: Buffer.from('one') } };
const offsetsOf = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

/** Kafkajs delivers a batch that was fetched at `fetched` and holds these offsets. */
async function deliver(fetched: number, offsets: number[]): Promise<string[]> {
  await membership.join();
  const resolved: string[] = [];
  const records = offsets.map((offset) => ({
    offset: BigInt(offset),
    timestamp: 1_700_000_000_000,
    decode: () => RECORD,
  }));
  const messages = [{ offset: String(offsets.at(-1)), records: records as unknown as LogRecord[] }];
  const batch: FetchedBatch = { topic: TOPIC, partition: 0, fetchedOffset: String(fetched), messages };
  const payload = { batch, resolveOffset: (offset: string) => resolved.push(offset) };
  consumer.did.length = 0;
  await consumer.running.eachBatch?.(payload as unknown as EachBatchPayload);
  return resolved;
}

describe('joining a group', () => {
  it('sets what kafkajs has unsuitable defaults for', async () => {
    await membership.join();

    expect(consumerConfig.mock.calls).toEqual([
      [
        {
          groupId: 'group',
          sessionTimeout: 10_000,
          heartbeatInterval: 1_000,
          rebalanceTimeout: 15_000,
          partitionAssigners: [expect.any(Function)],
          allowAutoTopicCreation: false,
          maxWaitTimeInMs: 500,
          maxBytesPerPartition: 262_144,
          metadataMaxAge: 30_000,
          retry: {
            initialRetryTime: 100,
            maxRetryTime: 1_000,
            retries: 5,
            restartOnFailure: expect.any(Function),
          },
        },
      ],
    ]);
    expect(consumer.did).toEqual(['connect', { subscribe: { topic: TOPIC, fromBeginning: true } }, 'run']);
    expect(consumer.running).toMatchObject({ autoCommit: false, eachBatchAutoResolve: false });
  });

  it('gives kafkajs the hooks that it lacks', async () => {
    patchKafkajs();
    const [assigner] = consumerConfig.mock.calls[0]?.[0].partitionAssigners ?? [];
    const cluster = {} as Cluster;
    assigner?.({ cluster, groupId: 'group' } as unknown as Parameters<PartitionAssigner>[0]);
    const group = Object.assign(Object.create(prototypes.consumerGroup) as ConsumerGroup, { cluster });
    await group.commitOffsets({
      topics: [{ topic: TOPIC, partitions: [{ partition: 2, offset: '6' }] }],
    });

    expect(member.mayCommit.mock.calls).toEqual([[2, 6n]]);
  });

  it('lets the member finish before each join', async () => {
    await join();
    consumer.did.length = 0;
    member.beforeRejoin.mockImplementationOnce(() => {
      consumer.did.push('drain');
      return Promise.resolve();
    });
    await membership.beforeJoin();

    // paused first: a fetch of another broker would bring the same records again and again
    expect(consumer.did).toEqual([{ pause: [{ topic: TOPIC }] }, 'drain']);
    expect(member.beforeRejoin).toHaveBeenCalledTimes(1);
  });
});

describe('after a join', () => {
  it('the member and kafkajs begin at the same positions, and all partitions flow', async () => {
    await join([...ASSIGNED, { topic: 'another', partitions: [1] }]);

    expect(member.positions).toEqual(
      new Map([
        [0, { position: 7n, metadata: 'noted' }],
        [2, { position: 0n, metadata: '' }],
      ]),
    );
    expect(consumer.did).toEqual([
      { seek: { topic: TOPIC, partition: 0, offset: '7' } },
      { seek: { topic: TOPIC, partition: 2, offset: '0' } },
      { resume: [{ topic: TOPIC }] },
    ]);
    expect(fetchOffsets).toHaveBeenCalledWith({ groupId: 'group', topics: [TOPIC] });
  });

  it('a new group begins at the earliest record', async () => {
    fetchOffsets.mockResolvedValue([]);
    await join();

    expect(positions()).toEqual([0n, 0n]);
  });

  it('the positions are asked for until the brokers say them, which is logged once for operators', async () => {
    const unavailable = new Error('the coordinator is unavailable');
    fetchOffsets.mockRejectedValueOnce(unavailable).mockRejectedValueOnce(unavailable);
    await join();

    expect(positions()).toEqual([7n, 0n]);
    const line = {
      message: 'waiting for the committed positions',
      fields: { reason: 'the coordinator is unavailable' },
    };
    expect(logger.lines).toEqual([
      { level: 'info', ...line },
      { level: 'debug', ...line },
    ]);
  });

  it('the positions are asked for until they name every partition', async () => {
    fetchTopicOffsets.mockResolvedValueOnce([{ partition: 0, low: '0', high: '100', offset: '100' }]);
    await join();

    expect(fetchTopicOffsets).toHaveBeenCalledTimes(2);
    expect([...(member.positions?.keys() ?? [])]).toEqual([0, 2]);
  });

  it('nothing begins when the member leaves meanwhile', async () => {
    await membership.leave();
    await join();

    expect(member.positions).toBeUndefined();
    expect(membership.isActive()).toBe(false);
  });

  it('records that were deleted before they were completed are an error in the log', async () => {
    const log = { low: '10', high: '100', offset: '100' };
    fetchTopicOffsets.mockResolvedValue([0, 2].map((partition) => ({ partition, ...log })));
    await join([{ topic: TOPIC, partitions: [0] }]);

    expect(positions()).toEqual([10n]);
    expect(logger.lines).toEqual([
      {
        level: 'error',
        message: '3 records were deleted before they were completed',
        fields: { topic: TOPIC, partition: 0, groupId: 'group' },
      },
    ]);
  });
});

describe('a batch', () => {
  it('that is taken is resolved up to its last record, so that kafkajs reads on', async () => {
    member.next = 10n;

    expect(await deliver(7, offsetsOf(7, 10))).toEqual(['9']);
    expect(member.batches).toMatchObject([{ partition: 0, from: 7n, to: 10n }]);
    expect(consumer.did).toEqual([]);
  });

  it('is delivered at once; the next fetch waits for what else the event loop has to do', async () => {
    member.next = 10n;
    const did: string[] = [];
    setImmediate(() => {
      did.push(`a turn, with ${member.batches.length} batch delivered`);
    });
    await deliver(7, offsetsOf(7, 10));

    expect(did).toEqual(['a turn, with 1 batch delivered']);
  });

  it('begins where it was fetched, though its first record lies later', async () => {
    member.next = 10n;
    await deliver(5, offsetsOf(7, 10));

    expect(member.batches).toMatchObject([{ from: 5n, to: 10n }]);
  });

  it('has no record of before, though what the broker sent begins there', async () => {
    member.next = 10n;
    await deliver(8, offsetsOf(7, 10));

    expect(member.batches).toMatchObject([{ from: 8n, to: 10n, records: [{ offset: 8n }, { offset: 9n }] }]);
  });

  it('that doesn’t begin where it is expected is read again from there, and nothing is resolved', async () => {
    member.next = 4n;

    expect(await deliver(7, offsetsOf(7, 10))).toEqual([]);
    expect(consumer.did).toEqual([{ seek: { topic: TOPIC, partition: 0, offset: '4' } }]);
  });

  it('of a partition that is not the member’s now is neither resolved nor read again', async () => {
    member.next = undefined;

    expect(await deliver(7, offsetsOf(7, 10))).toEqual([]);
    expect(consumer.did).toEqual([]);
  });

  it('holds records as they were decoded', async () => {
    await deliver(7, [7]);

    expect(member.batches[0]?.records).toEqual([
      { topic: TOPIC, partition: 0, offset: 7n, timestamp: 1_700_000_000_000, ...RECORD },
    ]);
  });
});

describe('being a member', () => {
  it('begins when the group has taken it in', async () => {
    expect(membership.isActive()).toBe(false);
    await join();

    expect(membership.isActive()).toBe(true);
  });

  it('ends when no sign of life was confirmed for the session time-out', async () => {
    jest.useFakeTimers();
    await join();
    jest.advanceTimersByTime(9_999);
    expect(membership.isActive()).toBe(true);

    jest.advanceTimersByTime(1);
    expect(membership.isActive()).toBe(false);
  });

  it('goes on through the drain before a re-join, so that what finishes there may take effect', async () => {
    await join();
    member.beforeRejoin.mockImplementationOnce(() => {
      consumer.did.push(membership.isActive());
      return Promise.resolve();
    });
    await membership.beforeJoin();

    expect(consumer.did.at(-1)).toBe(true);
  });

  it('outlives a crash that kafkajs recovers from, which is logged, as long as the session does', async () => {
    jest.useFakeTimers();
    await join();
    const error = new Error('the coordinator is unavailable');
    consumer.tell('CRASH', { error, restart: true });

    expect([membership.isActive(), membership.isLeaving]).toEqual([true, false]);
    expect(member.failures).toEqual([]);
    expect(logger.lines).toEqual([
      { level: 'warn', message: 'reading was interrupted, joining again', fields: { error } },
    ]);
    jest.advanceTimersByTime(SETTINGS.sessionTimeoutMs);
    expect(membership.isActive()).toBe(false);
  });

  it('is warned of once for the same reason, which it tells, until it has joined', async () => {
    await join();
    const crash = (message: string) => consumer.tell('CRASH', { error: new Error(message), restart: true });
    expect(membership.problem).toBeUndefined();
    crash('not authorized');
    crash('not authorized');
    crash('no connection');
    expect(membership.problem).toBe('no connection');
    await join();
    expect(membership.problem).toBeUndefined();
    crash('no connection');

    expect(logger.lines.map(({ level }) => level)).toEqual(['warn', 'debug', 'warn', 'warn']);
  });

  it('is not joined once it is left, and kafkajs does not try again', async () => {
    const [config] = consumerConfig.mock.calls[0] ?? [];
    const restarts = () => config?.retry?.restartOnFailure?.(new Error('no connection'));
    expect(await restarts()).toBe(true);
    const joining = membership.join();
    await membership.leave();

    await expect(joining).rejects.toThrow('the group was left before it was joined');
    expect(await restarts()).toBe(false);
    consumer.tell('CRASH', { error: new Error('no connection'), restart: false });
    expect(member.failures).toEqual([]);
  });

  it('tells why it could not be joined', async () => {
    consumer.connect = () => Promise.reject(new Error('refused'));

    await expect(membership.join()).rejects.toThrow('refused');
    expect(membership.problem).toBe('refused');
  });

  it('is no warning when a broker asks to come again later, as while it starts', async () => {
    await join();
    consumer.tell('CRASH', { error: createErrorFromCode(14), restart: true });

    const reason = "The coordinator is loading and hence can't process requests for this group";
    expect(logger.lines).toEqual([
      { level: 'info', message: 'reading was interrupted, joining again', fields: { reason } },
    ]);
  });

  it('failed when kafkajs does not restart after a crash', async () => {
    await join();
    const error = new TypeError('a bug');
    consumer.tell('CRASH', { error, restart: false });

    expect(membership.isActive()).toBe(false);
    expect(member.failures).toEqual([error]);
  });
});

describe('what a member asks for', () => {
  it('is paused and resumed in its topic', async () => {
    await join();
    consumer.did.length = 0;
    membership.pause(2);
    membership.resume(2);

    expect(consumer.did).toEqual([
      { pause: [{ topic: TOPIC, partitions: [2] }] },
      { resume: [{ topic: TOPIC, partitions: [2] }] },
    ]);
  });

  it('is not paused while it is no member: kafkajs would throw', () => {
    membership.pause(2);
    membership.resume(2);

    expect(consumer.did).toEqual([]);
  });

  it('is not committed, and that is said, while it is no member: kafkajs would keep silent', async () => {
    await expect(membership.commit(new Map([[0, { position: 7n, metadata: '' }]]))).rejects.toThrow(
      'not a member',
    );

    expect(consumer.did).toEqual([]);
  });

  it('is not committed after a crash, and that is said, until it has joined again', async () => {
    await join();
    consumer.tell('CRASH', { error: new Error('the coordinator is unavailable'), restart: true });
    const positions = new Map([[0, { position: 7n, metadata: '' }]]);

    await expect(membership.commit(positions)).rejects.toThrow('not a member');
    await join();
    await expect(membership.commit(positions)).resolves.toBeUndefined();
  });

  it('is committed as it stands', async () => {
    await join();
    consumer.did.length = 0;
    await membership.commit(
      new Map([
        [0, { position: 7n, metadata: 'noted' }],
        [2, { position: 2n ** 60n, metadata: '' }],
      ]),
    );

    expect(consumer.did).toEqual([
      {
        commit: [
          { topic: TOPIC, partition: 0, offset: '7', metadata: 'noted' },
          { topic: TOPIC, partition: 2, offset: '1152921504606846976', metadata: '' },
        ],
      },
    ]);
  });

  it('is asked of the member at each try of a commit', () => {
    expect([membership.mayCommit(0, 5n), membership.mayCommit(0, 6n)]).toEqual([true, false]);
  });
});

describe('a position that the log has nothing at', () => {
  const ends = (low: string, high: string) => {
    fetchTopicOffsets.mockResolvedValue([{ partition: 0, low, high, offset: high }]);
  };

  it('is left for the first record that is there; how many are gone is an error in the log', async () => {
    ends('10', '20');
    member.next = 10n;

    expect(await membership.outOfRange(0, 7n)).toBe('read-on');
    expect(member.batches).toEqual([{ partition: 0, from: 7n, to: 10n, records: [] }]);
    expect(consumer.did).toEqual([{ seek: { topic: TOPIC, partition: 0, offset: '10' } }]);
    expect(logger.lines).toEqual([
      {
        level: 'error',
        message: '3 records were deleted before they were completed',
        fields: { topic: TOPIC, partition: 0, groupId: 'group' },
      },
    ]);
  });

  it('is left for where the member stands, when that is elsewhere: then nothing is gone yet', async () => {
    ends('10', '20');
    member.next = 12n;
    await membership.outOfRange(0, 7n);

    expect(consumer.did).toEqual([{ seek: { topic: TOPIC, partition: 0, offset: '12' } }]);
    expect(logger.lines).toEqual([]);
  });

  it('is nobody’s concern when the partition isn’t the member’s now', async () => {
    ends('10', '20');
    member.next = undefined;

    expect(await membership.outOfRange(0, 7n)).toBe('read-on');
    expect([consumer.did, logger.lines]).toEqual([[], []]);
  });

  it('beyond the end of a partition that became shorter needs a new join', async () => {
    ends('0', '5');

    expect(await membership.outOfRange(0, 7n)).toBe('rejoin');
    expect(member.batches).toEqual([]);
  });

  it('is asked about again by kafkajs when the brokers don’t respond', async () => {
    fetchTopicOffsets.mockRejectedValue(new Error('the leader is unavailable'));

    await expect(membership.outOfRange(0, 7n)).rejects.toThrow('the leader is unavailable');
  });
});

describe('heartbeats', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });

  it('go out in every interval, whatever the fetch loops of kafkajs do', async () => {
    await join();
    jest.advanceTimersByTime(5_000);

    expect(heartbeat).toHaveBeenCalledTimes(5);
  });

  it('go on during the drain before a re-join, and wait during the join itself', async () => {
    await join();
    let drained: () => void = () => undefined;
    member.beforeRejoin.mockImplementationOnce(() => new Promise((resolve) => (drained = resolve)));
    const draining = membership.beforeJoin();
    jest.advanceTimersByTime(3_000);
    expect(heartbeat).toHaveBeenCalledTimes(3);

    drained();
    await draining;
    jest.advanceTimersByTime(3_000);
    expect(heartbeat).toHaveBeenCalledTimes(3);
  });

  it('begin before the brokers say the positions, which may take long', async () => {
    fetchOffsets.mockImplementation(() => NEVER);
    void join();
    jest.advanceTimersByTime(3_000);

    expect(heartbeat).toHaveBeenCalledTimes(3);
  });

  it('stop with a crash, and with leaving', async () => {
    await join();
    consumer.tell('CRASH', { error: new Error('the coordinator is unavailable'), restart: true });
    jest.advanceTimersByTime(3_000);
    await join();
    await membership.leave();
    jest.advanceTimersByTime(3_000);

    expect(heartbeat).not.toHaveBeenCalled();
  });
});

describe('leaving', () => {
  it('disconnects, and then ends every connection', async () => {
    await join();
    await membership.leave();

    expect(consumer.did.at(-1)).toBe('disconnect');
    expect(destroy).toHaveBeenCalledTimes(1);
    expect(membership.isActive()).toBe(false);
  });

  it('ends the connections when the disconnect hangs for 3 s', async () => {
    jest.useFakeTimers();
    consumer.disconnecting = () => NEVER;
    const leaving = membership.leave();
    await jest.advanceTimersByTimeAsync(2_999);
    expect(destroy).not.toHaveBeenCalled();

    await jest.advanceTimersByTimeAsync(1);
    expect(destroy).toHaveBeenCalledTimes(1);
    await leaving;
  });

  it('never rejects; a disconnect that fails is logged', async () => {
    const error = new Error('not connected');
    consumer.disconnecting = () => Promise.reject(error);
    await membership.leave();

    expect(logger.lines).toEqual([
      { level: 'warn', message: 'the group was not left cleanly', fields: { error } },
    ]);
    expect(destroy).toHaveBeenCalledTimes(1);
  });
});
