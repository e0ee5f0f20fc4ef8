import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Attempt } from '../engine/record-handler.js';
import type { ReceivedRecord } from '../engine/record-source.js';
import { ConsumerGroupHarness } from './consumer-group-harness.js';
import type { TestBroker, TestTopic } from './test-broker.js';
import { waitFor } from './wait-for.js';

const PARTITIONS = 5;

/** What the consumer with its delivery engine does on every source of records. */
export function consumingContract(startBed: () => Promise<TestBroker>): void {
  describe('consuming', () => {
    let bed: TestBroker;
    beforeAll(async () => {
      bed = await startBed();
    });
    afterAll(() => bed.close());

    /** A topic, its publisher, and a crew of consumers that is dismissed at the end of the test. */
    async function withCrew(
      test: (topic: TestTopic, crew: ConsumerGroupHarness) => Promise<void>,
    ): Promise<void> {
      const topic = await bed.topic(PARTITIONS);
      const crew = new ConsumerGroupHarness(topic);
      try {
        await test(topic, crew);
      } finally {
        await crew.dismiss();
      }
    }

    it('gives each of five replicas one of five partitions, and each message to exactly one of them', () =>
      withCrew(async (topic, crew) => {
        await crew.hire(5);
        await crew.settled(PARTITIONS);
        expect(crew.assignments().map((partitions) => partitions.length)).toEqual([1, 1, 1, 1, 1]);

        const keys = await crew.publish(500);
        await crew.handledAll(500);
        expect(crew.handledKeys().sort()).toEqual([...keys].sort());
        for (const replica of crew.replicas) {
          expect(new Set(replica.handled.map(({ partition }) => partition))).toEqual(
            new Set(replica.partitions),
          );
        }
        expect(await topic.endOffsets()).toHaveLength(PARTITIONS);
      }));

    it('gives every message to each of two groups; a new group starts at the earliest', () =>
      withCrew(async (topic, crew) => {
        const keys = await crew.publish(100);
        const other = new ConsumerGroupHarness(topic, `another-crew-of-${topic.name}`);
        await crew.hire(1);
        await other.hire(2);
        await crew.handledAll(100);
        await other.handledAll(100);
        expect(crew.handledKeys().sort()).toEqual([...keys].sort());
        expect(other.handledKeys().sort()).toEqual([...keys].sort());
        await other.dismiss();
      }));

    it('goes on where it was after a restart', () =>
      withCrew(async (_topic, crew) => {
        await crew.publish(50);
        const [first] = await crew.hire(1);
        await crew.handledAll(50);
        await first?.stop();
        const later = await crew.publish(30);
        const [second] = await crew.hire(1);
        await crew.handledAll(80);
        expect(second?.handled.map(({ key }) => key).sort()).toEqual([...later].sort());
      }));

    it('commits the end of the log when all is done, and so after one more rebalance', () =>
      withCrew(async (topic, crew) => {
        await crew.hire(2);
        await crew.publish(200);
        await crew.handledAll(200);
        await noLag(topic, crew);
        await crew.hire(1);
        await crew.settled(PARTITIONS);
        expect(await topic.committed(crew.group)).toEqual(await topic.endOffsets());
        expect(crew.handledKeys()).toHaveLength(200);
      }));

    it('calls a handler that failed again, with a higher attempt, and not before its delay', () =>
      withCrew(async (_topic, crew) => {
        const attempts: { attempt: number; at: number }[] = [];
        const delays = [50, 100];
        crew.handler = {
          handle: (_record, { number }) => {
            attempts.push({ attempt: number, at: performance.now() });
            return number <= 2 ? Promise.reject(new Error('not yet')) : Promise.resolve();
          },
          decide: (_error, _record, attempt) => retryAfter(delays[attempt - 1] ?? 0),
        };
        await crew.hire(1);
        await crew.publish(1);
        await crew.handledAll(1);
        expect(attempts.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
        delays.forEach((delay, index) => {
          const waited = (attempts[index + 1]?.at ?? 0) - (attempts[index]?.at ?? 0);
          expect(waited).toBeGreaterThan(delay / 2); // a timer of a virtual machine may fire some ms early
        });
      }));

    it('lives on whatever a handler throws, and holds up only the key of one that never settles', () =>
      withCrew(async (topic, crew) => {
        const wrongs: (() => Promise<void>)[] = [
          () => Promise.reject(new TypeError('a bug')),
          () => Promise.reject('a string'),
          () => Promise.reject(undefined),
          () => {
            throw new SyntaxError('thrown at once');
          },
        ];
        const keys = await crew.publish(60);
        const [stuck = ''] = keys;
        crew.handler = {
          handle: (record, { number }) =>
            wrongs[number - 1]?.() ?? (keyOf(record) === stuck ? forEver() : Promise.resolve()),
        };
        await crew.hire(1);
        await waitFor('the others', () => crew.handledKeys().length === 59);
        expect(crew.handledKeys().sort()).toEqual(keys.filter((key) => key !== stuck).sort());
        const stuckAt = (await topic.records()).find(({ key }) => key === stuck);
        const partition = stuckAt?.partition ?? -1;
        const ends = await topic.endOffsets();
        ends[partition] = BigInt(stuckAt?.offset ?? -1);
        await waitFor('their commit', async () => String(await topic.committed(crew.group)) === String(ends));
      }));

    it('carries the records of one key out in order, also when one fails, and holds up no other key', () =>
      withCrew(async (_topic, crew) => {
        const started: string[] = [];
        crew.handler = {
          handle: (record, { number }) => {
            if (keyOf(record) !== 'failing') return Promise.resolve();
            started.push(`${textOf(record.value)} #${number}`);
            const isHeldUp = textOf(record.value) === '1' && crew.handledKeys().length < 50;
            return isHeldUp || number === 1 ? Promise.reject(new Error('not yet')) : Promise.resolve();
          },
          decide: () => retryAfter(20),
        };
        await crew.hire(1);
        await crew.publishAs('failing', '1', '2', '3');
        await crew.publish(50);
        await crew.handledAll(53);
        const attemptsAtFirst = started.filter((each) => each.startsWith('1')).length;
        const first = Array.from({ length: attemptsAtFirst }, (_, index) => `1 #${index + 1}`);
        expect(started).toEqual([...first, '2 #1', '2 #2', '3 #1', '3 #2']);
      }));

    it('handles all behind a record that waits for its next attempt, however many are completed beyond it', () =>
      withCrew(async (topic, crew) => {
        crew.settings = { maxPendingRecords: 20 };
        const [waiting = ''] = await crew.publish(1);
        crew.handler = {
          handle: (record) =>
            keyOf(record) === waiting ? Promise.reject(new Error('not yet')) : Promise.resolve(),
          decide: () => retryAfter(60_000),
        };
        await crew.hire(1);
        await crew.publish(3_000);
        await crew.handledAll(3_000);
        const partition = (await topic.records()).find(({ key }) => key === waiting)?.partition ?? -1;
        expect((await topic.committed(crew.group))[partition]).toBe(0n);
        expect(crew.handledKeys()).not.toContain(waiting);
      }));

    it('gives up exactly the record whose last attempt failed, as it was, and goes on with the next of its key', () =>
      withCrew(async (topic, crew) => {
        const letters: { record: ReceivedRecord; attempts: number; reason: string }[] = [];
        crew.handler = {
          handle: ({ value }) =>
            textOf(value) === 'poison' ? Promise.reject(new Error('never')) : Promise.resolve(),
          decide: (_error, _record, attempt) =>
            attempt < 3 ? retryAfter(1) : { kind: 'dead-letter', reason: 'exhausted', mayBeOutage: false },
          deadLetter: (record, reason, { attempts }) => {
            letters.push({ record, reason, attempts });
            return Promise.resolve();
          },
        };
        await crew.hire(1);
        await crew.publishAs('poisoned', 'fine', 'poison', 'fine again');
        await crew.publish(20);
        await crew.handledAll(22);
        await noLag(topic, crew);
        expect(letters).toMatchObject([{ attempts: 3, reason: 'exhausted' }]);
        const [record] = letters.map((letter) => letter.record);
        const [, poison] = (await topic.records()).filter(({ key }) => key === 'poisoned');
        expect(record && keyOf(record)).toBe('poisoned');
        expect(textOf(record?.value ?? null)).toBe('poison');
        expect(record?.headers).toEqual(poison?.headers);
        expect(String(record?.offset)).toBe(poison?.offset);
      }));

    it('does not acknowledge a record whose dead letter could not be kept', () =>
      withCrew(async (topic, crew) => {
        let tries = 0;
        let isKept = false;
        crew.handler = {
          handle: (record) =>
            keyOf(record) === 'bad' ? Promise.reject(new Error('bad')) : Promise.resolve(),
          decide: () => ({ kind: 'dead-letter', reason: 'invalid', mayBeOutage: false }),
          deadLetter: () => {
            tries++;
            return isKept ? Promise.resolve() : Promise.reject(new Error('no room'));
          },
        };
        const [replica] = await crew.hire(1);
        await crew.publishAs('bad', 'x');
        await crew.publish(20);
        await crew.handledAll(20);
        await waitFor('several tries', () => tries >= 3);
        const sum = (offsets: readonly bigint[]) => offsets.reduce((total, offset) => total + offset, 0n);
        expect(sum(await topic.committed(crew.group))).toBeLessThan(21n);
        expect(await replica?.engine.check()).toMatchObject({ status: 'down' });
        isKept = true;
        await noLag(topic, crew);
      }));

    it('never commits over a gap: after a crash what was not done is delivered again, what was done beyond is not', () =>
      withCrew(async (topic, crew) => {
        const keys = await crew.publish(100);
        const records = await topic.records();
        const gaps = new Set(records.filter(({ offset }) => offset === '3').map(({ key }) => key));
        crew.handler = { handle: (record) => (gaps.has(keyOf(record)) ? forEver() : Promise.resolve()) };
        const [crashed] = await crew.hire(1);
        await waitFor('all but the gaps', () => crew.handledKeys().length === 100 - gaps.size);
        const beforeTheGaps = Array.from({ length: PARTITIONS }, () => 3n);
        await waitFor(
          'the commit',
          async () => String(await topic.committed(crew.group)) === String(beforeTheGaps),
        );
        await crashed?.stop(0);
        crew.handler = {};
        const [next] = await crew.hire(1);
        await crew.handledAll(100);
        expect(next?.started.map(({ key }) => key).sort()).toEqual([...gaps].sort());
        expect(crew.handledKeys().sort()).toEqual([...keys].sort());
        await noLag(topic, crew);
      }));

    it('goes on counting attempts where the last owner of the partition stopped', () =>
      withCrew(async (_topic, crew) => {
        const attempts: number[] = [];
        crew.handler = {
          handle: (_record, { number }: Attempt) => {
            attempts.push(number);
            return number <= 2 ? Promise.reject(new Error('not yet')) : Promise.resolve();
          },
          decide: (_error, _record, attempt) => retryAfter(attempt === 2 ? 60_000 : 1),
        };
        const [first] = await crew.hire(1);
        await crew.publish(1);
        await waitFor('two attempts', () => attempts.length === 2);
        await first?.stop();
        await crew.hire(1);
        await crew.handledAll(1);
        expect(attempts).toEqual([1, 2, 3]);
      }));

    it('finishes what is in hand when it is stopped, starts nothing new, and nothing is handled twice', () =>
      withCrew(async (topic, crew) => {
        crew.workMs = 30;
        const [stopped] = await crew.hire(2);
        await crew.publish(100);
        await waitFor('some work', () => crew.handledKeys().length >= 20);
        await stopped?.stop();
        const handledAtStop = stopped?.handled.length;
        await crew.handledAll(100);
        expect(stopped?.handled).toHaveLength(handledAtStop ?? -1);
        expect(crew.started()).toHaveLength(100);
        await noLag(topic, crew);
      }));

    it('neither skips nor repeats a record when the group rebalances in the middle of work', () =>
      withCrew(async (topic, crew) => {
        crew.workMs = 250;
        await crew.hire(1);
        const keys = await crew.publish(60);
        for (let count = 0; count < 4; count++) await crew.hire(1);
        await crew.replicas[0]?.stop();
        await crew.replicas[1]?.stop();
        await crew.handledAll(60);
        expect(crew.started().sort()).toEqual([...keys].sort());
        await noLag(topic, crew);
      }));

    it('lets a record go that waits for its next attempt when the group rebalances, and neither skips nor spends one', () =>
      withCrew(async (_topic, crew) => {
        const attempts: number[] = [];
        crew.handler = {
          handle: (_record, { number }) => {
            attempts.push(number);
            return attempts.length === 1 ? Promise.reject(new Error('once')) : Promise.resolve();
          },
          decide: () => retryAfter(60_000),
        };
        await crew.hire(1);
        await crew.publish(1);
        await waitFor('the first attempt', () => attempts.length === 1);
        await crew.hire(1);
        await crew.handledAll(1);
        expect(attempts).toEqual([1, 2]);
      }));

    it('commits nothing for a completion that comes after the partition was lost', () =>
      withCrew(async (topic, crew) => {
        let finish: (() => void) | undefined;
        crew.handler = { handle: () => new Promise<void>((resolve) => (finish = resolve)) };
        const [owner] = await crew.hire(1);
        await crew.publish(1);
        await waitFor('the record at work', () => crew.started().length === 1);
        await owner?.stop(50);
        finish?.();
        crew.handler = { handle: forEver };
        await crew.hire(1);
        await waitFor('the record at work elsewhere', () => crew.started().length === 2);
        expect(await topic.committed(crew.group)).toEqual([0n, 0n, 0n, 0n, 0n]);
      }));

    it('holds a bounded number of records while the handler is slow, loses none, and reads on', () =>
      withCrew(async (_topic, crew) => {
        let release: (() => void) | undefined;
        const released = new Promise<void>((resolve) => (release = resolve));
        crew.handler = { handle: () => released };
        crew.settings = { maxPendingRecords: 20 };
        const [replica] = await crew.hire(1);
        await crew.publish(3_000);
        await waitFor('all partitions paused', () => replica?.source.paused.size === PARTITIONS);
        const heldAtPause = replica?.source.received ?? 0;
        expect(heldAtPause).toBeLessThan(3_000);
        release?.();
        await crew.handledAll(3_000);
      }));

    it('takes nothing while it is paused, in a rebalance too, and goes on when it is resumed', () =>
      withCrew(async (_topic, crew) => {
        const [paused] = await crew.hire(1);
        paused?.engine.pause();
        await crew.publish(100);
        const [other] = await crew.hire(1);
        await crew.settled(PARTITIONS);
        const inTheirs = () =>
          crew
            .publishedRecords()
            .then((records) =>
              records.filter(({ partition }) => other?.partitions.includes(partition)).map(({ key }) => key),
            );
        const theirs = await inTheirs();
        await waitFor('what the other has', () => other?.handled.length === theirs.length);
        expect(paused?.handled).toEqual([]);
        paused?.engine.resume();
        await crew.handledAll(100);
      }));

    it('loses nothing over twenty openings and closings', () =>
      withCrew(async (_topic, crew) => {
        const keys: string[] = [];
        for (let round = 0; round < 20; round++) {
          const [replica] = await crew.hire(1);
          keys.push(...(await crew.publish(10)));
          if (round % 2 === 0) await crew.handledAll(keys.length);
          await replica?.stop();
        }
        await crew.hire(1);
        await crew.handledAll(keys.length);
        expect(crew.handledKeys().sort()).toEqual([...keys].sort());
      }));
  });
}

async function noLag(topic: TestTopic, crew: ConsumerGroupHarness): Promise<void> {
  const ends = await topic.endOffsets();
  await waitFor('no lag', async () => String(await topic.committed(crew.group)) === String(ends));
}

const retryAfter = (delayMs: number) => ({ kind: 'retry', delayMs, mayBeOutage: false }) as const;
const forEver = () => new Promise<void>(() => undefined);
const textOf = (bytes: Uint8Array | null) => new TextDecoder().decode(bytes ?? undefined);
const keyOf = ({ key }: ReceivedRecord) => textOf(key);
