import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Message } from 'kafkajs';
import type { DeadLetter } from '../../src/engine/dead-letters.js';
import { encodeDeadLetter } from '../../src/kafka/dead-letter-record.js';
import { aDeadLetter } from '../../src/contract/a-dead-letter.js';
import {
  startKafkaDeadLettersFixture,
  type KafkaDeadLettersFixture,
} from '../support/kafka-dead-letters-fixture.js';
import { newTopicName } from '../support/new-topic-name.js';
import { startProxiedKafka, type ProxiedKafka } from '../support/proxied-kafka.js';
import { RecordingLogger } from '../support/recording-logger.js';
import { describeWithKafka, describeWithKafkaClusters, kafkaBrokers } from '../support/requirements.js';
import { waitFor } from '../../src/contract/wait-for.js';
import { deadLetterListContract } from '../../src/contract/dead-letter-list.contract.js';
import { deadLetterStoreContract } from '../../src/contract/dead-letter-store.contract.js';
import { listed, PARTITIONS } from '../../src/contract/dead-letter-tests.js';
import { startKafkaTestBroker } from '../support/kafka-test-broker.js';

/** How many a list holds at a time. */
const HELD = 500;

const unavailable = expect.objectContaining({
  name: 'DeadLettersUnavailable',
  cause: expect.any(Error) as unknown,
});

describeWithKafka('on Kafka', () => {
  let fixture: KafkaDeadLettersFixture;
  beforeAll(async () => {
    fixture = await startKafkaDeadLettersFixture(kafkaBrokers);
  });
  afterAll(() => fixture.close());

  async function place(partitions = PARTITIONS) {
    const topic = `${newTopicName()}.dlq`;
    await fixture.createTopic(topic, partitions);
    return { topic, deadLetters: fixture.open(topic), neighbour: fixture.open(topic) };
  }
  const endOffsets = async (topic: string) =>
    (await fixture.admin.fetchTopicOffsets(topic))
      .sort((a, b) => a.partition - b.partition)
      .map(({ high }) => Number(high));
  const readers = async (topic: string) =>
    (await fixture.admin.listGroups()).groups.filter(({ groupId }) => groupId.startsWith(topic));

  /** Of partition 0; kafkajs does not look for the leader of a topic that it does not know. */
  const deleteRecords = (topic: string, offset: string) =>
    waitFor('records that are deleted', async () => {
      await fixture.admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset }] });
      return true;
    });

  const startBroker = () => startKafkaTestBroker({ brokers: kafkaBrokers });
  deadLetterStoreContract(startBroker);
  deadLetterListContract(startBroker);

  it('has dead letter and resolution in the partition of the origin’s number, whatever the key', async () => {
    const { topic, deadLetters } = await place();
    const message = { ...aDeadLetter().message, key: null };
    for (let partition = 0; partition < PARTITIONS; partition++) {
      for (let n = 0; n < partition; n++) {
        await deadLetters.add(aDeadLetter({ partition, offset: String(n) }, n === 0 ? { message } : {}));
      }
    }
    await deadLetters.resolve({ ...aDeadLetter().origin, partition: 4 }, 'discarded');
    expect(await endOffsets(topic)).toEqual([0, 1, 2, 3, 5]);
  });

  it('gives the topic the partitions that it lacks, when the messages’ topic has grown', async () => {
    const { topic, deadLetters } = await place(2);
    const all = [4, 1, 2].map((partition) => aDeadLetter({ partition }));
    await Promise.all(all.map((each) => deadLetters.add(each)));
    expect(await endOffsets(topic)).toEqual([0, 1, 1, 0, 1]);
  });

  it('joins no group, and leaves none behind', async () => {
    const { topic, deadLetters } = await place();
    expect(await listed(deadLetters)).toEqual([]);
    for (let n = 0; n < 10; n++) await deadLetters.add(aDeadLetter({ offset: String(n) }));
    for await (const deadLetter of (await deadLetters.list({})).deadLetters) {
      expect(deadLetter).toEqual(aDeadLetter({ offset: '0' }));
      expect(await readers(topic)).toEqual([]);
      break;
    }
    expect(await readers(topic)).toEqual([]);
  });

  it('reads dead letters of many bytes, in the order of their origins however they were added', async () => {
    const { deadLetters } = await place(1);
    const value = new Uint8Array(900_000).map(() => Math.random() * 256);
    const offsets = Array.from({ length: 40 }, (_, index) => (index * 17) % 40);
    for (const offset of offsets) {
      const message = { key: null, value, headers: {} };
      await deadLetters.add(aDeadLetter({ partition: 0, offset: String(offset) }, { message }));
    }
    const found: number[] = [];
    for await (const { origin, message } of (await deadLetters.list({})).deadLetters) {
      found.push(Number(origin.offset));
      expect(Buffer.compare(message.value ?? Buffer.of(), value)).toBe(0);
    }
    expect(found).toEqual(offsets.toSorted((a, b) => a - b));
  });

  it('skips records that are no dead letters, and says once how many', async () => {
    const { topic } = await place(2);
    const logger = new RecordingLogger();
    const deadLetters = fixture.open(topic, { logger });
    const deadLetter = aDeadLetter({ partition: 0 });
    const { headers } = encodeDeadLetter(deadLetter);
    const strange: Message[] = [
      { value: 'hello' },
      { value: null, headers: { ...toBuffers(headers), 'x-reason': 'because' } },
      { value: null, headers: { ...toBuffers(headers), 'x-original-partition': '1' } },
    ];
    const producer = fixture.fresh.producer();
    await producer.connect();
    await producer.send({ topic, messages: strange.map((message) => ({ ...message, partition: 0 })) });
    await deadLetters.add(deadLetter);
    await producer.disconnect();

    expect(await listed(deadLetters)).toEqual([deadLetter]);
    const warnings = logger.lines.filter(({ level }) => level === 'warn');
    expect(warnings.map(({ fields }) => fields)).toEqual([{ topic, count: 3 }]);
  });

  it('gets past markers of transactions, at the end too', async () => {
    const { topic, deadLetters } = await place(1);
    const producer = fixture.fresh.producer({
      transactionalId: topic,
      idempotent: true,
      maxInFlightRequests: 1,
    });
    await producer.connect();
    const transact = async (outcome: 'commit' | 'abort') => {
      const transaction = await producer.transaction();
      await transaction.send({ topic, messages: [{ value: outcome }] });
      await transaction[outcome]();
    };
    await transact('abort');
    expect(await listed(deadLetters)).toEqual([]);
    await transact('commit');
    await deadLetters.add(aDeadLetter({ partition: 0 }));
    await transact('abort');
    await producer.disconnect();
    expect(await listed(deadLetters)).toEqual([aDeadLetter({ partition: 0 })]);
  });

  it('refuses an absent topic, and creates none', async () => {
    const topic = `${newTopicName()}.dlq`;
    const deadLetters = fixture.open(topic, { deadlineMs: 4_500 });
    await expect(deadLetters.add(aDeadLetter())).rejects.toEqual(unavailable);
    await expect(deadLetters.resolve(aDeadLetter().origin, 'redriven')).rejects.toEqual(unavailable);
    await expect(listed(deadLetters)).rejects.toEqual(unavailable);
    expect(await fixture.admin.listTopics()).not.toContain(topic);
  });

  it('does not list what was deleted from the topic, in a process that knew it and in one that did not', async () => {
    const { topic, deadLetters } = await place(1);
    for (let n = 0; n < 5; n++) await deadLetters.add(aDeadLetter({ partition: 0, offset: String(n) }));
    expect(await listed(deadLetters)).toHaveLength(5);
    const found = await deadLetters.list({});
    await deleteRecords(topic, '3');

    const offsets = async (from: AsyncIterable<DeadLetter>) => {
      const found: string[] = [];
      for await (const { origin } of from) found.push(origin.offset);
      return found;
    };
    expect(await offsets(found.deadLetters)).toEqual(['3', '4']);
    for (const each of [deadLetters, fixture.open(topic)]) {
      const found = await each.list({});
      expect([found.matched, await offsets(found.deadLetters)]).toEqual([2, ['3', '4']]);
    }
    await deleteRecords(topic, '-1');
    expect(await listed(deadLetters)).toEqual([]);
    await deadLetters.add(aDeadLetter({ partition: 0, offset: '5' }));
    expect(await listed(deadLetters)).toHaveLength(1);
  });

  it('lists those of partitions that were added since it was first listed', async () => {
    const { topic, deadLetters, neighbour } = await place(2);
    await neighbour.add(aDeadLetter({ partition: 1 }));
    expect(await listed(deadLetters)).toHaveLength(1);

    await fixture.admin.createPartitions({ topicPartitions: [{ topic, count: 4 }] });
    await neighbour.add(aDeadLetter({ partition: 3 }));
    expect((await listed(deadLetters)).map(({ origin }) => origin.partition)).toEqual([1, 3]);
  });

  it('reads a topic from its beginning that was deleted and made again', async () => {
    const { topic, deadLetters } = await place(1);
    for (let n = 0; n < 5; n++) await deadLetters.add(aDeadLetter({ partition: 0, offset: String(n) }));
    expect(await listed(deadLetters)).toHaveLength(5);
    await fixture.admin.deleteTopics({ topics: [topic] });
    await waitFor('a topic that is gone', async () => !(await fixture.admin.listTopics()).includes(topic));
    await fixture.createTopic(topic, 1);
    const other = aDeadLetter({ partition: 0, offset: '9' });
    await fixture.open(topic).add(other);
    expect(await waitFor('a list', () => listed(deadLetters))).toEqual([other]);
  });

  it('takes nothing more once it is closed, settles what it took, and fails a list that is read', async () => {
    const { deadLetters, neighbour } = await place();
    await Promise.all(moreThanHeld().map((each) => neighbour.add(each)));
    const all = Array.from({ length: 50 }, (_, n) => aDeadLetter({ partition: 2, offset: String(n) }));
    const iterator = (await deadLetters.list({})).deadLetters[Symbol.asyncIterator]();
    for (let n = 0; n < HELD; n++) await iterator.next();
    await deadLetters.add(aDeadLetter({ partition: 2, offset: '50' }));
    const adding = Promise.all(all.map((each) => deadLetters.add(each)));
    await deadLetters.close();
    await adding;
    await expect(iterator.next()).rejects.toMatchObject({ name: 'DeadLettersUnavailable' });
    await expect(deadLetters.add(aDeadLetter())).rejects.toMatchObject({ name: 'DeadLettersUnavailable' });
    await expect(listed(deadLetters)).rejects.toMatchObject({ name: 'DeadLettersUnavailable' });
    expect(await listed(neighbour)).toHaveLength(HELD + 1 + 51);
  });
});

describeWithKafkaClusters('dead letters on a Kafka that fails', () => {
  let kafka: ProxiedKafka;
  let fixture: KafkaDeadLettersFixture;
  beforeAll(async () => {
    kafka = await startProxiedKafka({ brokers: 1 });
    fixture = await startKafkaDeadLettersFixture(kafka.brokers, kafka.directBrokers);
  });
  afterAll(async () => {
    await fixture.close();
    await kafka.stop();
  });

  const proxy = () => {
    const [first] = kafka.proxies;
    if (first === undefined) throw new Error('there is no proxy');
    return first;
  };
  async function open() {
    const topic = `${newTopicName()}.dlq`;
    await fixture.createTopic(topic, PARTITIONS);
    const deadLetters = fixture.open(topic, { deadlineMs: 4_500 });
    await deadLetters.add(aDeadLetter({ offset: '0' }));
    return { topic, deadLetters };
  }

  it('refuses in time while the broker is unavailable, and recovers with it', async () => {
    const { deadLetters } = await open();
    await proxy().tcp.refuse();
    const startedAt = Date.now();
    const refused = await Promise.allSettled([
      ...Array.from({ length: 20 }, (_, n) => deadLetters.add(aDeadLetter({ offset: String(n) }))),
      deadLetters.resolve(aDeadLetter().origin, 'discarded'),
      listed(deadLetters),
    ]);
    expect(refused).toEqual(Array(22).fill({ status: 'rejected', reason: unavailable }));
    expect(Date.now() - startedAt).toBeLessThan(15_000);

    await proxy().tcp.accept();
    await waitFor('a dead letter that is kept', async () => {
      await deadLetters.add(aDeadLetter({ offset: '99' }));
      return true;
    });
    const found = await waitFor('a list', () => listed(deadLetters));
    const offsets = found.map(({ origin }) => origin.offset);
    expect([offsets.at(0), offsets.at(-1)]).toEqual(['0', '99']);
  });

  it('fails a list when the broker falls silent in the middle of it', async () => {
    const { deadLetters } = await open();
    await Promise.all(moreThanHeld().map((each) => deadLetters.add(each)));
    const iterator = (await deadLetters.list({})).deadLetters[Symbol.asyncIterator]();
    for (let n = 0; n < HELD; n++) expect((await iterator.next()).done).toBe(false);
    proxy().tcp.hang();
    await expect(iterator.next()).rejects.toEqual(unavailable);
    proxy().tcp.flow();
    expect(await waitFor('a list', () => listed(deadLetters))).toHaveLength(HELD + 2);
  });

  it.each(['swallow', 'drop'] as const)(
    'loses no dead letter when responses are lost (%s)',
    async (fault) => {
      const { deadLetters } = await open();
      const all = Array.from({ length: 100 }, (_, n) =>
        aDeadLetter({ partition: n % PARTITIONS, offset: String(n) }),
      );
      if (fault === 'swallow') proxy().swallowProduceResponses(1);
      else proxy().dropAtProduceResponses(1);
      const faultsBefore = proxy().faultsDone;
      const settled = await Promise.allSettled(all.map((each) => deadLetters.add(each)));
      expect(proxy().faultsDone).toBe(faultsBefore + 1);
      for (const [index, { status }] of settled.entries()) {
        if (status === 'rejected') await deadLetters.add(all[index] ?? aDeadLetter());
      }
      const found = (await listed(deadLetters)).map(
        ({ origin: { partition, offset } }) => `${partition}/${offset}`,
      );
      const expected = all.map(({ origin: { partition, offset } }) => `${partition}/${offset}`);
      expect(found.sort()).toEqual([...expected, '2/0'].sort());
    },
  );
});

function moreThanHeld() {
  return Array.from({ length: HELD + 1 }, (_, n) => aDeadLetter({ partition: 0, offset: String(n) }));
}

function toBuffers(headers: Readonly<Record<string, Uint8Array>>): Record<string, Buffer> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Buffer.from(value)]));
}
