import { describe, expect } from '@jest/globals';
import { keyText, text } from './consumer-group-harness.js';
import { forEver, groupTests, PARTITIONS } from './group-tests.js';
import type { TestBroker, TestTopic } from './test-broker.js';
import { waitFor } from './wait-for.js';

/** Where a record stands in a group, as somebody learns who is no member of it. */
export function standingContract(startBroker: () => Promise<TestBroker>): void {
  describe('where a record stands in a group', () => {
    const test = groupTests(startBroker);
    const inFirst = async (topic: TestTopic) =>
      (await topic.records()).filter(({ partition }) => partition === 0);
    const keyAt = async (topic: TestTopic, at: string) =>
      (await inFirst(topic)).find(({ offset }) => offset === at)?.key;

    test('is behind all of its partition for a group that nobody joined, with its key and its time', async (group, topic) => {
      const before = Date.now();
      await group.publish(50);
      for (const { partition, offset, key } of await inFirst(topic)) {
        const standing = await topic.find('nobodys-group', { partition, offset });
        expect(standing).toMatchObject({ isCompleted: false, ahead: Number(offset) });
        expect(text(standing?.key)).toBe(key);
        expect(standing?.timestamp).toBeGreaterThanOrEqual(before);
        expect(standing?.timestamp).toBeLessThanOrEqual(Date.now());
      }
    });

    test('counts the records before it that are not completed, whatever is completed among them', async (group, topic) => {
      await group.publish(50);
      const held = [await keyAt(topic, '2'), await keyAt(topic, '4')];
      group.handler = {
        handle: (record) => (held.includes(keyText(record)) ? forEver() : Promise.resolve()),
      };
      await group.startOne();
      await group.waitForHandled(48);
      const find = async (offset: number) => {
        const standing = await topic.find(group.groupId, { partition: 0, offset: String(offset) });
        return standing && [standing.isCompleted, standing.ahead];
      };
      const found = async () =>
        String([await find(1), await find(2), await find(3), await find(4), await find(5)]);
      await waitFor(
        'all but two completed',
        async () => (await found()) === 'true,0,false,0,true,0,false,1,true,0',
      );
    });

    test('is completed when the group has completed all, until there is something new', async (group, topic) => {
      await group.publish(20);
      const replica = await group.startOne();
      await group.waitForNoLag();
      await replica.stop();
      const [last] = (await inFirst(topic)).slice(-1);
      const place = { partition: 0, offset: last?.offset ?? '' };
      const isCompleted = async () => (await topic.find(group.groupId, place))?.isCompleted;
      await waitFor('it to be completed', isCompleted);
      await group.publish(20);
      const [newest] = (await inFirst(topic)).slice(-1);
      const standing = await topic.find(group.groupId, { partition: 0, offset: newest?.offset ?? '' });
      expect(standing).toMatchObject({
        isCompleted: false,
        ahead: Number(newest?.offset) - Number(last?.offset) - 1,
      });
    });

    test('is nowhere when there is no such record', async (group, topic) => {
      await group.publish(10);
      const [end = 0n] = await topic.endOffsets();
      const places = [
        { partition: 0, offset: String(end) },
        { partition: 0, offset: '9999999999999999999' },
        { partition: PARTITIONS, offset: '0' },
      ];
      const found = await Promise.all(places.map((place) => topic.find('nobodys-group', place)));
      expect(found).toEqual([undefined, undefined, undefined]);
    });

    test('is told to each of a thousand who ask at once', async (group, topic) => {
      await group.publish(1_000);
      const records = await topic.records();
      const found = await Promise.all(records.map((record) => topic.find('nobodys-group', record)));
      expect(found.map((standing) => [text(standing?.key), standing?.ahead])).toEqual(
        records.map(({ key, offset }) => [key, Number(offset)]),
      );
    });
  });
}
