import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PublishFailed, MessageTooLarge } from '../engine/publisher.js';
import { partitionForKey } from '../engine/default-partitioner.js';
import type { TestBroker, TestPublisher } from './test-broker.js';

const utf8 = new TextEncoder();
const message = (key: string, value = key) => ({ key, value: utf8.encode(value), headers: {} });
const unreachable = expect.objectContaining({ outcome: 'not-sent', reason: 'unreachable' });
const notSent = expect.objectContaining({ name: 'PublishFailed', outcome: 'not-sent' });

/** What every Publisher does. */
export function messagePublisherContract(startBed: () => Promise<TestBroker>): void {
  describe('a message publisher', () => {
    let bed: TestBroker;
    beforeAll(async () => {
      bed = await startBed();
    });
    afterAll(() => bed.close());

    async function open(partitions = 5) {
      const topic = await bed.topic(partitions);
      const publisher = topic.publisher();
      publisher.start();
      return { topic, publisher };
    }

    it('delivers what was published: bytes, key and headers, unicode and binary', async () => {
      const { topic, publisher } = await open();
      const value = Uint8Array.from({ length: 256 }, (_, byte) => byte);
      const headers = { text: 'grüße 😀', binary: Uint8Array.of(0, 255, 128), 'x-correlation-id': 'c-1' };
      const published = await publisher.publish({ key: 'clé-😀', value, headers });

      const [record] = await topic.records();
      expect(record).toMatchObject({
        partition: published.partition,
        offset: published.offset,
        key: 'clé-😀',
      });
      expect(Array.from(record?.value ?? [])).toEqual(Array.from(value));
      expect(Object.entries(record?.headers ?? {}).map(([name, bytes]) => [name, Array.from(bytes)])).toEqual(
        [
          ['text', Array.from(utf8.encode('grüße 😀'))],
          ['binary', [0, 255, 128]],
          ['x-correlation-id', Array.from(utf8.encode('c-1'))],
        ],
      );
    });

    it('keeps what was handed over, whatever the caller does to its bytes afterwards', async () => {
      const { topic, publisher } = await open(1);
      const value = utf8.encode('as it was');
      await publisher.publish({ key: 'a', value, headers: {} });
      value.fill(0);
      expect(new TextDecoder().decode((await topic.records())[0]?.value)).toBe('as it was');
    });

    it('answers 5,000 concurrent publishes with 5,000 positions, and the log grows by 5,000', async () => {
      const { topic, publisher } = await open();
      const keys = Array.from({ length: 5_000 }, (_, index) => `order-${index}`);
      const answers = await Promise.all(keys.map((key) => publisher.publish(message(key))));

      expect(new Set(answers.map(({ partition, offset }) => `${partition}/${offset}`)).size).toBe(5_000);
      const logged = await topic.records();
      expect(logged.map(({ key }) => key).sort()).toEqual([...keys].sort());
      const positions = new Map(logged.map(({ key, partition, offset }) => [key, `${partition}/${offset}`]));
      keys.forEach((key, index) => {
        expect(`${answers[index]?.partition}/${answers[index]?.offset}`).toBe(positions.get(key));
      });
      expect((await topic.endOffsets()).reduce((sum, end) => sum + end)).toBe(5_000n);
    });

    it('puts a key where Kafka’s default partitioner puts it', async () => {
      const { topic, publisher } = await open();
      const keys = Array.from({ length: 50 }, (_, index) => `key ${index} é`);
      const answers = await Promise.all(keys.map((key) => publisher.publish(message(key))));
      expect(answers.map(({ topic: name, partition }) => [name, partition])).toEqual(
        keys.map((key) => [topic.name, partitionForKey(key, 5)]),
      );
    });

    it('keeps the messages of one key in the order of their publishing', async () => {
      const { topic, publisher } = await open();
      const sent = Array.from({ length: 1_000 }, (_, index) => message(`key-${index % 7}`, String(index)));
      await Promise.all(sent.map((each) => publisher.publish(each)));

      const last = new Map<string, number>();
      const records = await topic.records();
      for (const { key, value } of records) {
        const number = Number(new TextDecoder().decode(value));
        expect(number).toBeGreaterThan(last.get(key) ?? -1);
        last.set(key, number);
      }
      expect(records).toHaveLength(1_000);
    });

    it('refuses to publish before it is started', async () => {
      const topic = await bed.topic(1);
      await expect(topic.publisher().publish(message('a'))).rejects.toEqual(notSent);
      expect(await topic.records()).toEqual([]);
    });

    it('settles what it accepted before it closes, and refuses what comes after', async () => {
      const { topic, publisher } = await open();
      let settled = 0;
      const accepted = Array.from({ length: 5_000 }, async (_, index) => {
        await publisher.publish(message(`order-${index}`));
        settled++;
      });
      await publisher.close();
      expect(settled).toBe(5_000);
      await expect(publisher.publish(message('late'))).rejects.toEqual(notSent);
      await Promise.all(accepted);
      expect(await topic.records()).toHaveLength(5_000);
    });

    it('may be closed twice, and before it was ever used', async () => {
      const { publisher } = await open(1);
      await publisher.close();
      await expect(publisher.close()).resolves.toBeUndefined();
      publisher.start();
      await expect(publisher.publish(message('late'))).rejects.toEqual(notSent);
    });

    it('refuses a topic that is absent, and does not create it', async () => {
      const topic = bed.absentTopic();
      const publisher: TestPublisher = topic.publisher();
      publisher.start();
      await expect(publisher.publish(message('a'))).rejects.toEqual(unreachable);
      await expect(publisher.publish(message('a'))).rejects.toBeInstanceOf(PublishFailed);
      expect(await bed.topicExists(topic.name)).toBe(false);
    });

    it('declines at once what it has no room for, and says that this is why', async () => {
      const topic = await bed.topic(1);
      const publisher = topic.publisher({ maxQueuedMessages: 2 });
      publisher.start();
      const results = await Promise.allSettled(['a', 'b', 'c'].map((key) => publisher.publish(message(key))));
      expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
      expect(results[2]).toMatchObject({ reason: { outcome: 'not-sent', reason: 'overloaded' } });
    });

    it('refuses a message over the size limit alone: its neighbours in the batch go through', async () => {
      const { topic, publisher } = await open(1);
      const tooLarge = { key: 'large', value: new Uint8Array(1_000_000), headers: {} };
      const results = await Promise.allSettled([
        publisher.publish(message('before')),
        publisher.publish(tooLarge),
        publisher.publish(message('after')),
      ]);
      expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      expect(results[1]).toMatchObject({ reason: expect.any(MessageTooLarge) as unknown });
      expect((await topic.records()).map(({ key }) => key)).toEqual(['before', 'after']);
    });

    it('takes a message just below the limit, and many that fill more than one batch', async () => {
      const { topic, publisher } = await open(1);
      const large = { key: 'large', value: new Uint8Array(999_000), headers: {} };
      const medium = { key: 'medium', value: new Uint8Array(300_000), headers: {} };
      await Promise.all(
        [large, medium, medium, medium, medium, large].map((each) => publisher.publish(each)),
      );
      expect((await topic.records()).map(({ key }) => key)).toEqual([
        'large',
        'medium',
        'medium',
        'medium',
        'medium',
        'large',
      ]);
    });

    it('refuses headers that make a message too large', async () => {
      const { publisher } = await open(1);
      const headers = { big: new Uint8Array(1_000_000) };
      await expect(publisher.publish({ ...message('a'), headers })).rejects.toBeInstanceOf(MessageTooLarge);
    });
  });
}
