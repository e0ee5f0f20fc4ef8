import { describe, expect } from '@jest/globals';
import type { ReceivedRecord } from '../engine/record-source.js';
import { ConsumerGroupHarness, keyText, text } from './consumer-group-harness.js';
import { DEAD_LETTER, failing, forEver, groupTests, PARTITIONS, retry } from './group-tests.js';
import type { TestBroker } from './test-broker.js';
import { waitFor } from './wait-for.js';

/** What a consumer with its delivery engine does on every messaging system. */
export function consumingContract(startBroker: () => Promise<TestBroker>): void {
  describe('consuming', () => {
    const test = groupTests(startBroker);

    test('gives each of five replicas one of five partitions, and each message to exactly one of them', async (group, topic) => {
      await group.start(5);
      await group.waitForAssignment(PARTITIONS);
      expect(group.assignments().map((partitions) => partitions.length)).toEqual([1, 1, 1, 1, 1]);

      const keys = await group.publish(500);
      await group.waitForHandled(500);
      expect(group.handledKeys()).toEqual(keys.sort());
      for (const { handled, assignedPartitions } of group.replicas) {
        expect([...new Set(handled.map(({ partition }) => partition))]).toEqual(assignedPartitions);
      }
      expect(await topic.endOffsets()).toHaveLength(PARTITIONS);
    });

    test('gives every message to each of two groups; a new group starts at the earliest', async (group, topic) => {
      const keys = await group.publish(100);
      const other = new ConsumerGroupHarness(topic, `another-group-of-${topic.name}`);
      await group.start(1);
      await other.start(2);
      for (const each of [group, other]) {
        await each.waitForHandled(100);
        expect(each.handledKeys()).toEqual(keys.sort());
      }
      await other.stop();
    });

    test('commits the end of the topic when all is completed, and so after one more rebalance', async (group, topic) => {
      await group.start(2);
      await group.publish(200);
      await group.waitForHandled(200);
      await group.waitForNoLag();
      await group.start(1);
      await group.waitForAssignment(PARTITIONS);
      expect(await topic.committed(group.groupId)).toEqual(await topic.endOffsets());
      expect(group.handledCount).toBe(200);
    });

    test('calls a handler that failed again, with a higher attempt, and not before its delay', async (group) => {
      const attempts: number[] = [];
      const times: number[] = [];
      const delays = [50, 100];
      group.handler = failing(
        (_record, attempt) => {
          times.push(performance.now());
          return attempts.push(attempt) <= 2;
        },
        (attempt) => retry(delays[attempt - 1] ?? 0),
      );
      await group.start(1);
      await group.publish(1);
      await group.waitForHandled(1);
      expect(attempts).toEqual([1, 2, 3]);
      delays.forEach((delay, index) => {
        const waited = (times[index + 1] ?? 0) - (times[index] ?? 0);
        expect(waited).toBeGreaterThan(delay / 2); // a timer of a virtual machine may fire some ms early
      });
    });

    test('survives whatever a handler throws, and holds up only the key of one that never settles', async (group, topic) => {
      const failures: (() => Promise<void>)[] = [
        () => Promise.reject(new TypeError('a bug')),
        () => Promise.reject('a string'),
        () => Promise.reject(undefined),
        () => {
          throw new SyntaxError('thrown at once');
        },
      ];
      const [stuck = '', ...others] = await group.publish(60);
      group.handler = {
        handle: (record, { number }) =>
          failures[number - 1]?.() ?? (keyText(record) === stuck ? forEver() : Promise.resolve()),
      };
      await group.start(1);
      await waitFor('the others', () => group.handledCount === 59);
      expect(group.handledKeys()).toEqual(others.sort());
      const stuckRecord = (await topic.records()).find(({ key }) => key === stuck);
      const positions = await topic.endOffsets();
      positions[stuckRecord?.partition ?? -1] = BigInt(stuckRecord?.offset ?? -1);
      await group.waitForCommitted(positions);
    });

    test('handles the records of one key in order, also when one fails, and holds up no other key', async (group) => {
      const started: string[] = [];
      const fails = (record: ReceivedRecord, attempt: number) => {
        if (keyText(record) !== 'failing') return false;
        const value = text(record.value);
        started.push(`${value} #${attempt}`);
        return attempt === 1 || (value === '1' && group.handledCount < 50);
      };
      group.handler = failing(fails, () => retry(20));
      await group.start(1);
      await group.publishUnder('failing', '1', '2', '3');
      await group.publish(50);
      await group.waitForHandled(53);
      const attemptsAtFirst = started.filter((each) => each.startsWith('1')).length;
      const first = Array.from({ length: attemptsAtFirst }, (_, index) => `1 #${index + 1}`);
      expect(started).toEqual([...first, '2 #1', '2 #2', '3 #1', '3 #2']);
    });

    test('handles all behind a record that waits for its next attempt, however many are completed beyond it', async (group, topic) => {
      group.settings = { maxPendingRecords: 20 };
      const [waiting = ''] = await group.publish(1);
      group.handler = failing(
        (record) => keyText(record) === waiting,
        () => retry(60_000),
      );
      await group.start(1);
      await group.publish(3_000);
      await group.waitForHandled(3_000);
      const partition = (await topic.records()).find(({ key }) => key === waiting)?.partition ?? -1;
      expect((await topic.committed(group.groupId))[partition]).toBe(0n);
      expect(group.handledKeys()).not.toContain(waiting);
    });

    test('dead-letters exactly the record whose last attempt failed, as it was, and goes on with the next of its key', async (group, topic) => {
      const deadLetters: { record: ReceivedRecord; attempts: number; reason: string }[] = [];
      group.handler = {
        ...failing(
          ({ value }) => text(value) === 'poison',
          (attempt) => (attempt < 3 ? retry(1) : DEAD_LETTER),
        ),
        deadLetter: async (record, reason, { attempts }) => {
          deadLetters.push({ record, reason, attempts });
        },
      };
      await group.start(1);
      await group.publishUnder('poisoned', 'fine', 'poison', 'fine again');
      await group.publish(20);
      await group.waitForHandled(22);
      await group.waitForNoLag();
      const [, poison] = (await topic.records()).filter(({ key }) => key === 'poisoned');
      expect(deadLetters).toMatchObject([{ attempts: 3, reason: 'exhausted' }]);
      const record = deadLetters[0]?.record;
      expect([text(record?.key), text(record?.value)]).toEqual(['poisoned', 'poison']);
      expect(record?.headers).toEqual(poison?.headers);
      expect(String(record?.offset)).toBe(poison?.offset);
    });

    test('does not acknowledge a record whose dead letter could not be kept', async (group, topic) => {
      let tries = 0;
      let isKept = false;
      group.handler = {
        ...failing(
          (record) => keyText(record) === 'bad',
          () => DEAD_LETTER,
        ),
        deadLetter: async () => {
          tries++;
          if (!isKept) throw new Error('no room');
        },
      };
      const replica = await group.startOne();
      await group.publishUnder('bad', 'x');
      await group.publish(20);
      await group.waitForHandled(20);
      await waitFor('several tries', () => tries >= 3);
      const committed = await topic.committed(group.groupId);
      expect(committed.reduce((sum, position) => sum + position)).toBeLessThan(21n);
      expect(await replica.check()).toMatchObject({ status: 'down' });
      isKept = true;
      await group.waitForNoLag();
    });

    test('holds a bounded number of records while the handler is slow, loses none, and reads on', async (group) => {
      let finish: () => void = () => undefined;
      const finished = new Promise<void>((resolve) => (finish = resolve));
      group.handler = { handle: () => finished };
      group.settings = { maxPendingRecords: 20 };
      const replica = await group.startOne();
      await group.publish(3_000);
      await waitFor('all partitions paused', () => replica.pausedPartitions.size === PARTITIONS);
      expect(replica.receivedCount).toBeLessThan(3_000);
      finish();
      await group.waitForHandled(3_000);
    });
  });
}
