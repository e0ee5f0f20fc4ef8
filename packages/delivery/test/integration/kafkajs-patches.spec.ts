import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { CompressionTypes, Kafka, logLevel, type Admin } from 'kafkajs';
import { createKafkaClient, type KafkaClient } from '../../src/kafka/kafka-client.js';
import { prototypes } from '../../src/kafka/kafkajs-internals.js';
import { KafkaMembership } from '../../src/kafka/kafka-membership.js';
import { patchKafkajs } from '../support/patch-kafkajs.js';
import type { GroupMember, Membership, Positions, RecordBatch } from '../../src/engine/record-source.js';
import { createTopic } from '../support/create-topic.js';
import { newTopicName } from '../support/new-topic-name.js';
import { startProxiedKafka } from '../support/proxied-kafka.js';
import { RecordingLogger } from '../support/recording-logger.js';
import { describeWithKafka, describeWithKafkaClusters, kafkaBrokers } from '../support/requirements.js';
import { silentLogger } from '../../src/contract/silent-logger.js';
import { waitFor } from '../../src/contract/wait-for.js';

const SESSION_TIMEOUT_MS = 6_000; // the shortest that brokers allow

/** Takes all that it is given, and notes what it was told. */
class NotingMember implements GroupMember {
  readonly assignments: Positions[] = [];
  readonly batches: RecordBatch[] = [];
  readonly next = new Map<number, bigint>();
  drain: () => Promise<void> = () => Promise.resolve();

  constructor(
    readonly id: string,
    readonly logger: RecordingLogger,
  ) {}

  get partitions(): number[] {
    return [...this.next.keys()];
  }

  get records(): number {
    return this.batches.reduce((sum, { records }) => sum + records.length, 0);
  }

  async beforeRejoin(): Promise<void> {
    await this.drain();
    this.next.clear();
  }

  assigned(positions: Positions): void {
    this.assignments.push(positions);
    for (const [partition, { position }] of positions) this.next.set(partition, position);
  }

  received(batch: RecordBatch): bigint | undefined {
    if (batch.from === this.next.get(batch.partition)) {
      this.next.set(batch.partition, batch.to);
      this.batches.push(batch);
    }
    return this.next.get(batch.partition);
  }

  mayCommit(partition: number): boolean {
    return this.next.has(partition);
  }

  failed(error: Error): void {
    throw error;
  }
}

describeWithKafka('a group on Kafka', () => {
  let kafka: Kafka;
  let admin: Admin;
  let topic: string;
  const logger = new RecordingLogger();
  const leaving: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    patchKafkajs();
    kafka = new Kafka({ brokers: kafkaBrokers, logLevel: logLevel.NOTHING });
    admin = kafka.admin();
    await admin.connect();
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await Promise.all(leaving.splice(0).map((leave) => leave()));
    logger.lines.length = 0;
  });
  afterAll(() => admin.disconnect());

  async function topicWith(numPartitions: number, records = 0): Promise<void> {
    topic = newTopicName();
    await createTopic(admin, { topic, numPartitions });
    for (let partition = 0; partition < numPartitions; partition++) await append(partition, records);
  }

  async function append(partition: number, records: number): Promise<void> {
    const producer = kafka.producer();
    await producer.connect();
    const messages = Array.from({ length: records }, () => ({ partition, value: 'order' }));
    if (records > 0) await producer.send({ topic, messages });
    await producer.disconnect();
  }

  interface Joined {
    readonly member: NotingMember;
    readonly membership: Membership;
    readonly client: KafkaClient;
  }

  /** A member as the service has it. */
  async function join(id: string, groupId = 'patched'): Promise<Joined> {
    const client = createKafkaClient(
      { brokers: kafkaBrokers, clientId: id, requestTimeoutMs: 2_000 },
      silentLogger,
    );
    const member = new NotingMember(id, logger);
    const membership = new KafkaMembership(
      member,
      {
        topic,
        groupId: `${groupId}-${topic}`,
        sessionTimeoutMs: SESSION_TIMEOUT_MS,
        heartbeatIntervalMs: 500,
        rebalanceTimeoutMs: 20_000,
      },
      client,
      admin,
    );
    leaving.push(() => membership.leave());
    await membership.join();
    // a coordinator that has just started may refuse the first join
    await waitFor('the place in the group', () => membership.isActive() && member.assignments.length > 0);
    return { member, membership, client };
  }

  /** A member without hooks. It reads as ours: it returns at once. */
  async function joinRaw(groupId = 'raw') {
    const consumer = kafka.consumer({
      groupId: `${groupId}-${topic}`,
      sessionTimeout: SESSION_TIMEOUT_MS,
      heartbeatInterval: 500,
      rebalanceTimeout: 20_000,
      maxWaitTimeInMs: 100,
    });
    const read: string[] = [];
    /** By join: how many partitions it brought. */
    const assigned: number[] = [];
    leaving.push(() => consumer.disconnect());
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    const joined = new Promise<void>((resolve) => {
      consumer.on(consumer.events.GROUP_JOIN, ({ payload: { memberAssignment } }) => {
        assigned.push(memberAssignment[topic]?.length ?? 0);
        resolve();
      });
    });
    await consumer.run({
      autoCommit: false,
      eachBatch: ({ batch: { partition, messages } }) => {
        for (const { offset } of messages) read.push(`${partition}/${offset}`);
        return Promise.resolve();
      },
    });
    await joined;
    return { consumer, read, assigned };
  }

  async function committed(groupId: string): Promise<string[]> {
    const [found] = await admin.fetchOffsets({ groupId: `${groupId}-${topic}`, topics: [topic] });
    return (found?.partitions ?? []).sort((a, b) => a.partition - b.partition).map(({ offset }) => offset);
  }

  async function members(groupId: string): Promise<number> {
    const { groups } = await admin.describeGroups([`${groupId}-${topic}`]);
    return groups[0]?.members.length ?? 0;
  }

  const at = (position: bigint, metadata = ''): Positions => new Map([[0, { position, metadata }]]);

  it('is told where its partitions end though their leaders have just moved', async () => {
    await topicWith(2, 3);
    const other = kafka.admin();
    leaving.push(() => other.disconnect());
    await other.connect();
    const broker = prototypes.broker as unknown as { listOffsets: () => Promise<unknown> };
    const moved = Object.assign(new Error('moved'), { type: 'NOT_LEADER_FOR_PARTITION', retriable: true });
    const listOffsets = jest.spyOn(broker, 'listOffsets').mockRejectedValueOnce(moved);

    expect((await other.fetchTopicOffsets(topic)).map(({ high }) => high)).toEqual(['3', '3']);
    expect(listOffsets).toHaveBeenCalledTimes(3);
  });

  describe('a commit', () => {
    it('brings its metadata, up to 4,096 bytes, to the next owner', async () => {
      await topicWith(1);
      const metadata = 'x'.repeat(4_096);
      const first = await join('first');
      await first.membership.commit(at(0n, metadata));
      await first.membership.leave();
      const { member } = await join('second');

      expect(member.assignments).toEqual([at(0n, metadata)]);
    });

    it('rejects when the coordinator refuses it, and leaves what was committed', async () => {
      await topicWith(1, 2);
      const { membership } = await join('first');
      await membership.commit(at(1n));

      await expect(membership.commit(at(2n, 'x'.repeat(4_097)))).rejects.toThrow('metadata');
      expect(await committed('patched')).toEqual(['1']);
    });

    it('of before a rebalance lands with unpatched kafkajs: it takes the generation of the moment', async () => {
      await topicWith(2, 9);
      const { consumer } = await joinRaw();
      await joinRaw();
      await waitFor('two members', async () => (await members('raw')) === 2);
      const overdue = [0, 1].map((partition) => ({ topic, partition, offset: '5' }));
      await waitFor('a commit', () => consumer.commitOffsets(overdue).then(() => true));

      expect(await committed('raw')).toEqual(['5', '5']);
    });

    it('of before a rebalance does not land for a partition that was lost', async () => {
      await topicWith(2, 9);
      const { member, membership } = await join('first');
      await join('second');
      await waitFor('a partition each', () => member.partitions.length === 1);
      await membership.commit(
        new Map([0, 1].map((partition) => [partition, { position: 5n, metadata: '' }])),
      );

      expect((await committed('patched')).sort()).toEqual(['-1', '5']);
    });
  });

  describe('what a member fetches', () => {
    it('is what was committed of transactions; it reads on behind their markers', async () => {
      await topicWith(1);
      const producer = kafka.producer({ transactionalId: topic, idempotent: true, maxInFlightRequests: 1 });
      leaving.push(() => producer.disconnect());
      await producer.connect();
      for (const [end, values] of [
        ['commit', ['a', 'b']],
        ['abort', ['no']],
        ['abort', ['no', 'no']],
      ] as const) {
        const transaction = await producer.transaction();
        await transaction.send({ topic, messages: values.map((value) => ({ value })) });
        await transaction[end]();
      }
      const { member } = await join('reader');
      await waitFor('the last marker', () => member.next.get(0) === 8n);
      await append(0, 1);
      await waitFor('what came after it', () => member.next.get(0) === 9n);

      const read = member.batches.flatMap(({ records }) => records);
      expect(read.map(({ value }) => String(value))).toEqual(['a', 'b', 'order']);
      expect(read.map(({ offset }) => offset)).toEqual([0n, 1n, 8n]);
    });

    it('is read compressed too, from the middle of a batch', async () => {
      await topicWith(1);
      const producer = kafka.producer();
      leaving.push(() => producer.disconnect());
      await producer.connect();
      const messages = ['a', 'b', 'c'].map((value) => ({
        value,
        headers: { name: [value, `last ${value}`] },
      }));
      await producer.send({ topic, messages, compression: CompressionTypes.GZIP });
      const first = await join('first');
      await first.membership.commit(at(1n));
      await first.membership.leave();
      const { member } = await join('second');
      await waitFor('the end', () => member.next.get(0) === 3n);

      const read = member.batches.flatMap(({ records }) => records);
      expect(read.map(({ value, headers }) => [String(value), String(headers['name'])])).toEqual([
        ['b', 'last b'],
        ['c', 'last c'],
      ]);
    });
  });

  describe('records in flight when another member joins', () => {
    it('are redelivered to it with unpatched kafkajs: nothing tells that the group rebalances', async () => {
      await topicWith(2, 3);
      const { read } = await joinRaw();
      await waitFor('all read', () => read.length === 6);
      const { read: readAgain } = await joinRaw();

      await waitFor('some of it read again', () => readAgain.length >= 3);
    });

    it('are completed and committed before the group rebalances', async () => {
      await topicWith(2, 3);
      const { member, membership } = await join('first');
      await waitFor('all read', () => member.records === 6);
      member.drain = () =>
        membership.commit(
          new Map([...member.next].map(([each, position]) => [each, { position, metadata: '' }])),
        );
      const second = await join('second');

      expect([...second.member.next.values()]).toEqual([3n]);
    });

    it('keep their member in the group though they take longer than the session time-out', async () => {
      await topicWith(2);
      const { member } = await join('first');
      const since = performance.now();
      const over = () => performance.now() - since > SESSION_TIMEOUT_MS + 2_000;
      member.drain = async () => {
        await waitFor('the session to be over', over);
      };
      const second = await join('second');

      expect(second.member.assignments.map(({ size }) => size)).toEqual([1]);
    });
  });

  it('does not notice when a static member is killed and restarts: it gets its partition at once', async () => {
    await topicWith(2);
    const survivor = await join('survivor');
    const killed = await join('killed');
    await waitFor('a partition each', () => survivor.member.partitions.length === 1);
    const [its] = killed.member.partitions;
    const before = survivor.member.assignments.length;
    killed.client.destroy();
    const back = await join('killed');

    expect(back.member.partitions).toEqual([its]);
    expect(survivor.member.assignments).toHaveLength(before);
  });

  it('is assigned partitions that were added while all members were away', async () => {
    await topicWith(2);
    const killed = [await join('first'), await join('second')];
    await waitFor('a partition each', () => killed.every(({ member }) => member.partitions.length === 1));
    for (const { client } of killed) client.destroy();
    await admin.createPartitions({ topicPartitions: [{ topic, count: 4 }] });
    const back = [await join('first'), await join('second')];

    await waitFor('two partitions each', () => back.every(({ member }) => member.partitions.length === 2));
  });

  describe('a crash that kafkajs recovers from, as when a broker is unavailable', () => {
    function crashOnce(): void {
      const error = { name: 'KafkaJSNoBrokerAvailableError', retriable: true };
      const fetch = jest.spyOn(prototypes.consumerGroup, 'fetch');
      fetch.mockRejectedValueOnce(Object.assign(new Error('no broker'), error));
    }

    it('makes the whole group rebalance with unpatched kafkajs', async () => {
      await topicWith(2);
      const members = [await joinRaw(), await joinRaw()];
      await waitFor('a partition each', () => members.every(({ assigned }) => assigned.at(-1) === 1));
      const joins = () => members.reduce((sum, { assigned }) => sum + assigned.length, 0);
      const before = joins();
      crashOnce();

      await waitFor('joins of both', () => joins() >= before + 2);
    });

    it('is noticed by no other member', async () => {
      await topicWith(2);
      const members = [(await join('first')).member, (await join('second')).member];
      await waitFor('a partition each', () => members.every(({ partitions }) => partitions.length === 1));
      const owned = members.map(({ partitions }) => partitions);
      const joins = () => members.reduce((sum, { assignments }) => sum + assignments.length, 0);
      const before = joins();
      crashOnce();
      await waitFor('the crashed one back', () => joins() > before);
      await append(0, 1);
      await append(1, 1);
      await waitFor('both reading', () => members.every(({ records }) => records === 1));

      expect([joins(), members.map(({ partitions }) => partitions)]).toEqual([before + 1, owned]);
    });
  });

  it('lets a member join again whose assignment got lost on the way', async () => {
    await topicWith(2);
    const first = await join('first');
    const { broker } = prototypes;
    const { syncGroup } = broker;
    let lost = 0;
    jest.spyOn(broker, 'syncGroup').mockImplementation(async function (this: typeof broker, request) {
      const response = await syncGroup.call(this, request);
      const { memberId } = request as { memberId: string };
      if (!memberId.startsWith('first') || lost++ > 0) return response;
      throw Object.assign(new Error('closed'), { name: 'KafkaJSConnectionClosedError', retriable: true });
    });
    const second = await join('second');
    await waitFor('a partition each', () =>
      [first, second].every(({ member }) => member.partitions.length === 1),
    );

    expect(lost).toBeGreaterThan(0);
  });

  it('keeps a member whose fetches hang, and would lose it with unpatched kafkajs', async () => {
    await topicWith(1);
    let endFetches: (nothing: []) => void = () => undefined;
    const hanging = new Promise<[]>((resolve) => (endFetches = resolve));
    jest.spyOn(prototypes.consumerGroup, 'fetch').mockReturnValue(hanging);
    const { membership } = await join('patched');
    await joinRaw();
    await waitFor('the raw member to be lost', async () => (await members('raw')) === 0);

    expect([await members('patched'), membership.isActive()]).toEqual([1, true]);
    jest.restoreAllMocks();
    endFetches([]);
  });

  describe('a partition that retention overtook while it was paused', () => {
    async function overtake(partition: number): Promise<void> {
      await append(partition, 7);
      await admin.fetchTopicOffsets(topic); // kafkajs deletes only where it knows the leader by now
      await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: '8' }] });
    }

    it('loses the committed offset with unpatched kafkajs', async () => {
      await topicWith(1, 3);
      const { consumer, read } = await joinRaw();
      await waitFor('all read', () => read.length === 3);
      await consumer.commitOffsets([{ topic, partition: 0, offset: '3' }]);
      consumer.pause([{ topic }]);
      await overtake(0);
      consumer.resume([{ topic }]);
      await waitFor('the rest', () => read.length === 5);

      expect(await committed('raw')).not.toEqual(['3']);
    });

    it('is read on behind what was deleted; how much that is is an error in the log, and what was committed stays', async () => {
      await topicWith(1);
      const { member, membership } = await join('first');
      await append(0, 3);
      await waitFor('all read', () => member.records === 3);
      await membership.commit(at(2n));
      membership.pause(0);
      await overtake(0);
      membership.resume(0);
      await waitFor('the rest', () => member.records === 5);

      expect(member.batches.map(({ from, to, records }) => [from, to, records.length])).toContainEqual([
        3n,
        8n,
        0,
      ]);
      expect(logger.lines).toEqual([
        expect.objectContaining({
          level: 'error',
          message: '5 records were deleted before they were completed',
        }),
      ]);
      expect([await committed('patched'), member.assignments.length]).toEqual([['2'], 1]);
    });
  });
});

describeWithKafkaClusters('a client whose broker hangs while it connects', () => {
  beforeAll(() => {
    patchKafkajs();
  });

  it('is connected when the broker responds again', async () => {
    const proxied = await startProxiedKafka({ brokers: 1 });
    const settings = { brokers: proxied.brokers, clientId: 'client', requestTimeoutMs: 500 };
    const client = createKafkaClient(settings, silentLogger);
    const admin = client.kafka.admin();
    try {
      const timedOut = new Promise((resolve) => admin.on(admin.events.REQUEST_TIMEOUT, resolve));
      proxied.proxies[0]?.tcp.hang();
      const connecting = admin.connect();
      await timedOut;
      proxied.proxies[0]?.tcp.flow();
      await connecting;

      expect((await admin.describeCluster()).brokers).toHaveLength(1);
    } finally {
      await admin.disconnect();
      client.destroy();
      await proxied.stop();
    }
  });
});

describeWithKafkaClusters('a client whose connection breaks in the middle of a response', () => {
  beforeAll(() => {
    patchKafkajs();
  });

  it('understands what comes over the next one', async () => {
    const proxied = await startProxiedKafka({ brokers: 1 });
    const settings = { brokers: proxied.brokers, clientId: 'client', requestTimeoutMs: 500 };
    const client = createKafkaClient(settings, silentLogger);
    const admin = client.kafka.admin({ retry: { retries: 0 } });
    try {
      await admin.connect();
      proxied.proxies[0]?.tcp.tear(1);
      await expect(admin.describeCluster()).rejects.toThrow();

      expect((await admin.describeCluster()).brokers).toHaveLength(1);
    } finally {
      await admin.disconnect();
      client.destroy();
      await proxied.stop();
    }
  });
});

describeWithKafkaClusters('a producer of unpatched kafkajs', () => {
  it('loses what it acknowledged when a response is lost with two idempotent sends in flight: hence a sender of our own', async () => {
    const proxied = await startProxiedKafka({ brokers: 1 });
    const kafka = new Kafka({ brokers: proxied.brokers, logLevel: logLevel.NOTHING, requestTimeout: 2_000 });
    const [producer, admin] = [kafka.producer({ idempotent: true }), kafka.admin()];
    try {
      const topic = newTopicName();
      await Promise.all([producer.connect(), admin.connect()]);
      await createTopic(admin, { topic, numPartitions: 1 });
      const send = (value: string) => producer.send({ topic, messages: [{ partition: 0, value }] });
      await send('first');
      proxied.proxies[0]?.dropAtProduceResponses(1);
      await Promise.all([send('second'), send('third')]);
      const values = await readValues(kafka, topic, 3);

      expect(values).toHaveLength(3);
      expect(new Set(values).size).toBe(2);
    } finally {
      await Promise.all([producer.disconnect(), admin.disconnect()]);
      await proxied.stop();
    }
  });
});

async function readValues(kafka: Kafka, topic: string, count: number): Promise<string[]> {
  const values: string[] = [];
  const consumer = kafka.consumer({ groupId: `reader-of-${topic}`, maxWaitTimeInMs: 50 });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({ eachMessage: async ({ message }) => void values.push(String(message.value)) });
  await waitFor('the records', () => values.length >= count);
  await consumer.disconnect();
  return values;
}
