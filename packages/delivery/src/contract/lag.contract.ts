import { describe, expect } from '@jest/globals';
import type { PartitionLag } from '../engine/messaging.js';
import { forEver, groupTests, PARTITIONS } from './group-tests.js';
import type { TestBroker } from './test-broker.js';
import { waitFor } from './wait-for.js';

/** How far a group is behind, as somebody learns who is no member of it. */
export function lagContract(startBroker: () => Promise<TestBroker>): void {
  describe('the lag of a group', () => {
    const test = groupTests(startBroker);
    const count = (lag: readonly PartitionLag[]) => lag.map(({ records }) => records);

    test('is all that there is for a group that nobody joined, from the time of the first record on', async (group, topic) => {
      const before = Date.now();
      await group.publish(50);
      const lag = await topic.lag('nobodys-group');
      expect(count(lag)).toEqual((await topic.endOffsets()).map(Number));
      expect(lag.map(({ partition }) => partition)).toEqual([...Array(PARTITIONS).keys()]);
      for (const { records, pending, end, oldestAt } of lag) {
        expect(end).toBe(BigInt(records));
        expect(pending).toBe(records);
        expect(oldestAt).toBeGreaterThanOrEqual(before);
        expect(oldestAt).toBeLessThanOrEqual(Date.now());
      }
    });

    test('counts from the record that is not completed, and tells that what is completed beyond it is not pending', async (group, topic) => {
      await group.publish(50);
      const third = (await topic.records()).find(
        ({ partition, offset }) => partition === 0 && offset === '2',
      );
      group.handler = {
        handle: ({ key }) =>
          new TextDecoder().decode(key ?? undefined) === third?.key ? forEver() : Promise.resolve(),
      };
      const replica = await group.startOne();
      await group.waitForHandled(49);
      const [end = 0n, ...others] = await topic.endOffsets();
      await group.waitForCommitted([2n, ...others]);
      const held = replica.started.find(({ partition, offset }) => partition === 0 && offset === 2n);
      const [first, ...rest] = await waitFor('one pending record', async () => {
        const lag = await topic.lag(group.groupId);
        return lag[0]?.pending === 1 && lag;
      });
      expect(first).toEqual({
        ...{ partition: 0, records: Number(end) - 2, pending: 1 },
        ...{ end, oldestAt: held?.timestamp },
      });
      for (const each of rest) expect(each).toMatchObject({ records: 0, pending: 0, oldestAt: undefined });
    });

    test('is nothing when all is completed, and once more when there is something new', async (group, topic) => {
      await group.publish(20);
      const replica = await group.startOne();
      await group.waitForNoLag();
      await waitFor('no lag', async () => String(count(await topic.lag(group.groupId))) === '0,0,0,0,0');
      await replica.stop();
      await group.publish(7);
      const lag = count(await topic.lag(group.groupId));
      expect(lag.reduce((sum, records) => sum + records)).toBe(7);
    });
  });
}
