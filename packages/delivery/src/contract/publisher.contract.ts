import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PublishFailed, MessageTooLarge } from '../engine/publisher.js';
import { partitionForKey } from '../engine/default-partitioner.js';
import type { PublisherOptions, TestBroker } from './test-broker.js';

const utf8 = new TextEncoder();
const message = (key: string, value = key) => ({ key, value: utf8.encode(value), headers: {} });
const ofSize = (key: string, bytes: number) => ({ key, value: new Uint8Array(bytes), headers: {} });
const numbered = (count: number) => Array.from({ length: count }, (_, index) => `key-${index} é`);
const position = ({ partition, offset }: { partition: number; offset: string }) => `${partition}/${offset}`;
const unreachable = expect.objectContaining({ outcome: 'not-sent', reason: 'unreachable' });
const notSent = expect.objectContaining({ name: 'PublishFailed', outcome: 'not-sent' });

/** What every Publisher does. */
export function publisherContract(startBroker: () => Promise<TestBroker>): void {
  describe('a publisher', () => {
    let broker: TestBroker;
    beforeAll(async () => {
      broker = await startBroker();
    });
    afterAll(() => broker.close());

    async function open(partitions: number, options?: PublisherOptions) {
      const topic = await broker.topic(partitions);
      const publisher = topic.publisher(options);
      publisher.start();
      const keys = async () => (await topic.records()).map(({ key }) => key);
      return { topic, publisher, keys };
    }

    it('delivers what was published: bytes, key and headers, unicode and binary', async () => {
      const { topic, publisher } = await open(5);
      const value = Uint8Array.from({ length: 256 }, (_, byte) => byte);
      const headers = { text: 'grüße 😀', binary: Uint8Array.of(0, 255, 128), 'x-correlation-id': 'c-1' };
      const { partition, offset } = await publisher.publish({ key: 'clé-😀', value, headers });

      const [record] = await topic.records();
      expect(record).toMatchObject({ partition, offset, key: 'clé-😀' });
      expect(Array.from(record?.value ?? [])).toEqual(Array.from(value));
      const bytes = Object.entries(record?.headers ?? {}).map(([name, each]) => [name, Array.from(each)]);
      expect(bytes).toEqual([
        ['text', Array.from(utf8.encode('grüße 😀'))],
        ['binary', [0, 255, 128]],
        ['x-correlation-id', Array.from(utf8.encode('c-1'))],
      ]);
    });

    it('keeps what was handed over, whatever the caller does to its bytes afterwards', async () => {
      const { topic, publisher } = await open(1);
      const value = utf8.encode('as it was');
      await publisher.publish({ key: 'a', value, headers: {} });
      value.fill(0);
      expect(new TextDecoder().decode((await topic.records())[0]?.value)).toBe('as it was');
    });

    it('resolves 5,000 concurrent publishes with 5,000 positions, and the topic grows by 5,000', async () => {
      const { topic, publisher } = await open(5);
      const keys = numbered(5_000);
      const published = await Promise.all(keys.map((key) => publisher.publish(message(key))));

      expect(new Set(published.map(position)).size).toBe(5_000);
      const records = await topic.records();
      expect(records.map(({ key }) => key).sort()).toEqual(keys.toSorted());
      const positions = new Map(records.map((record) => [record.key, position(record)]));
      expect(published.map(position)).toEqual(keys.map((key) => positions.get(key)));
      expect((await topic.endOffsets()).reduce((sum, end) => sum + end)).toBe(5_000n);
    });

    it('puts a key where Kafka’s default partitioner puts it', async () => {
      const { topic, publisher } = await open(5);
      const keys = numbered(50);
      const published = await Promise.all(keys.map((key) => publisher.publish(message(key))));
      expect(published.map(({ topic: name, partition }) => [name, partition])).toEqual(
        keys.map((key) => [topic.name, partitionForKey(key, 5)]),
      );
    });

    it('keeps the messages of one key in the order of their publishing', async () => {
      const { topic, publisher } = await open(5);
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
      const topic = await broker.topic(1);
      await expect(topic.publisher().publish(message('a'))).rejects.toEqual(notSent);
      expect(await topic.records()).toEqual([]);
    });

    it('completes what it accepted before it closes, and refuses what comes after', async () => {
      const { publisher, keys } = await open(5);
      let published = 0;
      const accepted = numbered(2_000).map(async (key) => {
        await publisher.publish(message(key));
        published++;
      });
      await publisher.close();
      expect(published).toBe(2_000);
      await expect(publisher.publish(message('late'))).rejects.toEqual(notSent);
      await Promise.all(accepted);
      expect(await keys()).toHaveLength(2_000);
    });

    it('may be closed twice, and before it was ever used', async () => {
      const { publisher } = await open(1);
      await publisher.close();
      await expect(publisher.close()).resolves.toBeUndefined();
      publisher.start();
      await expect(publisher.publish(message('late'))).rejects.toEqual(notSent);
    });

    it('refuses a topic that is absent, and does not create it', async () => {
      const topic = broker.absentTopic();
      const publisher = topic.publisher();
      publisher.start();
      await expect(publisher.publish(message('a'))).rejects.toEqual(unreachable);
      await expect(publisher.publish(message('a'))).rejects.toBeInstanceOf(PublishFailed);
      expect(await broker.topicExists(topic.name)).toBe(false);
    });

    it('tells what waits to be published, and of what is settled nothing', async () => {
      const { publisher } = await open(5);
      expect(publisher.queued).toEqual({ messages: 0, bytes: 0 });
      const publishing = numbered(100).map((key) => publisher.publish(message(key)));
      const { messages, bytes } = publisher.queued;
      expect(messages).toBeLessThanOrEqual(100);
      expect(bytes > 0).toBe(messages > 0);
      await Promise.all(publishing);
      await publisher.publish(ofSize('large', 1_000_000)).catch((error: unknown) => error);
      expect(publisher.queued).toEqual({ messages: 0, bytes: 0 });
    });

    it('declines at once what it has no room for, and says that this is why', async () => {
      const { publisher } = await open(1, { maxQueuedMessages: 2 });
      const results = await Promise.allSettled(['a', 'b', 'c'].map((key) => publisher.publish(message(key))));
      expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
      expect(results[2]).toMatchObject({ reason: { outcome: 'not-sent', reason: 'overloaded' } });
    });

    it('refuses a message over the size limit alone: its neighbours in the batch go through', async () => {
      const { publisher, keys } = await open(1);
      const messages = [message('before'), ofSize('large', 1_000_000), message('after')];
      const results = await Promise.allSettled(messages.map((each) => publisher.publish(each)));
      expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      expect(results[1]).toMatchObject({ reason: expect.any(MessageTooLarge) as unknown });
      expect(await keys()).toEqual(['before', 'after']);
    });

    it('takes a message just below the limit, and many that fill more than one batch', async () => {
      const { publisher, keys } = await open(1);
      const sizes = [999_000, 300_000, 300_000, 300_000, 300_000, 999_000];
      await Promise.all(sizes.map((size) => publisher.publish(ofSize(String(size), size))));
      expect(await keys()).toEqual(sizes.map(String));
    });

    it('refuses headers that make a message too large', async () => {
      const { publisher } = await open(1);
      const headers = { big: new Uint8Array(1_000_000) };
      await expect(publisher.publish({ ...message('a'), headers })).rejects.toBeInstanceOf(MessageTooLarge);
    });
  });
}
