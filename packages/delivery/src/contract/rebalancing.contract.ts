import { describe, expect } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { keyText, sortedKeys } from './consumer-group-harness.js';
import { failing, forEver, groupTests, PARTITIONS, retry } from './group-tests.js';
import type { TestBroker } from './test-broker.js';
import { waitFor } from './wait-for.js';

/** What holds when partitions change hands: restarts, crashes, rebalances, and a replica that is paused. */
export function rebalancingContract(startBroker: () => Promise<TestBroker>): void {
  describe('consuming while partitions change hands', () => {
    const test = groupTests(startBroker);

    test('goes on where it was after a restart', async (group) => {
      await group.publish(50);
      const first = await group.startOne();
      await group.waitForHandled(50);
      await first.stop();
      const later = await group.publish(30);
      const second = await group.startOne();
      await group.waitForHandled(80);
      expect(sortedKeys(second.handled)).toEqual(later.sort());
    });

    test('never commits past a pending record: after a crash it is redelivered, what was completed beyond it is not', async (group, topic) => {
      const keys = await group.publish(100);
      const fourths = (await topic.records()).filter(({ offset }) => offset === '3').map(({ key }) => key);
      group.handler = {
        handle: (record) => (fourths.includes(keyText(record)) ? forEver() : Promise.resolve()),
      };
      const crashed = await group.startOne();
      await waitFor('all others', () => group.handledCount === 100 - fourths.length);
      await group.waitForCommitted(Array<bigint>(PARTITIONS).fill(3n));
      await crashed.stop(0);
      group.handler = {};
      const next = await group.startOne();
      await group.waitForHandled(100);
      expect(sortedKeys(next.started)).toEqual(fourths.sort());
      expect(group.handledKeys()).toEqual(keys.sort());
      await group.waitForNoLag();
    });

    test('goes on counting attempts where the last owner of the partition stopped', async (group) => {
      const attempts: number[] = [];
      group.handler = failing(
        (_record, attempt) => attempts.push(attempt) <= 2,
        (attempt) => retry(attempt === 2 ? 60_000 : 1),
      );
      const first = await group.startOne();
      await group.publish(1);
      await waitFor('two attempts', () => attempts.length === 2);
      await first.stop();
      await group.start(1);
      await group.waitForHandled(1);
      expect(attempts).toEqual([1, 2, 3]);
    });

    test('finishes what is in flight when it is stopped, starts nothing new, and nothing is handled twice', async (group) => {
      group.handler = { handle: () => delay(30) };
      const stopped = await group.startOne();
      await group.start(1);
      await group.publish(100);
      await waitFor('some work', () => group.handledCount >= 20);
      await stopped.stop();
      const handledAtStop = stopped.handled.length;
      await group.waitForHandled(100);
      expect(stopped.handled).toHaveLength(handledAtStop);
      expect(group.startedKeys()).toHaveLength(100);
      await group.waitForNoLag();
    });

    test('neither skips nor repeats a record when the group rebalances in the middle of work', async (group) => {
      group.handler = { handle: () => delay(250) };
      await group.start(1);
      const keys = await group.publish(60);
      await group.start(4);
      await group.replicas[0]?.stop();
      await group.replicas[1]?.stop();
      await group.waitForHandled(60);
      expect(group.startedKeys()).toEqual(keys.sort());
      await group.waitForNoLag();
    });

    test('releases a record that waits for its next attempt when the group rebalances, and neither skips nor repeats an attempt', async (group) => {
      const attempts: number[] = [];
      group.handler = failing(
        (_record, attempt) => attempts.push(attempt) === 1,
        () => retry(60_000),
      );
      await group.start(1);
      await group.publish(1);
      await waitFor('the first attempt', () => attempts.length === 1);
      await group.start(1);
      await group.waitForHandled(1);
      expect(attempts).toEqual([1, 2]);
    });

    test('commits nothing for a completion that comes after the partition was lost', async (group, topic) => {
      let finish: () => void = () => undefined;
      const finished = new Promise<void>((resolve) => (finish = resolve));
      group.handler = { handle: () => finished };
      const owner = await group.startOne();
      await group.publish(1);
      await waitFor('the record in flight', () => group.startedKeys().length === 1);
      await owner.stop(50);
      finish();
      group.handler = { handle: forEver };
      await group.start(1);
      await waitFor('the record in flight elsewhere', () => group.startedKeys().length === 2);
      expect(await topic.committed(group.groupId)).toEqual([0n, 0n, 0n, 0n, 0n]);
    });

    test('takes nothing while it is paused, in a rebalance too, and goes on when it is resumed', async (group, topic) => {
      const paused = await group.startOne();
      paused.pause();
      await group.publish(100);
      const other = await group.startOne();
      await group.waitForAssignment(PARTITIONS);
      const ends = await topic.endOffsets();
      const ofOther = other.assignedPartitions.reduce((sum, partition) => sum + Number(ends[partition]), 0);
      await waitFor('what the other has', () => other.handled.length === ofOther);
      expect(paused.handled).toEqual([]);
      paused.resume();
      await group.waitForHandled(100);
    });

    test('loses nothing over twenty starts and stops', async (group) => {
      const keys: string[] = [];
      for (let round = 0; round < 20; round++) {
        const replica = await group.startOne();
        keys.push(...(await group.publish(10)));
        if (round % 2 === 0) await group.waitForHandled(keys.length);
        await replica.stop();
      }
      await group.start(1);
      await group.waitForHandled(keys.length);
      expect(group.handledKeys()).toEqual(keys.sort());
    });
  });
}
