import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type {
  Disposition,
  RecordHandler,
} from '../../src/interfaces/messaging/delivery/partition-delivery.js';
import type { ReceivedRecord } from '../../src/interfaces/messaging/delivery/record-source.js';
import { Crew } from '../support/crew.js';
import type { MessagingBed, TestTopic } from '../support/messaging-bed.js';
import { waitFor } from '../support/wait-for.js';

const PARTITIONS = 5;

/** What the consumer with its delivery engine does on every source of records. */
export function consumingContract(startBed: () => Promise<MessagingBed>): void {
  describe('consuming', () => {
    let bed: MessagingBed;
    beforeAll(async () => {
      bed = await startBed();
    });
    afterAll(() => bed.close());

    /** A topic, its publisher, and a crew of consumers that is dismissed at the end of the test. */
    async function withCrew(test: (topic: TestTopic, crew: Crew) => Promise<void>): Promise<void> {
      const topic = await bed.topic(PARTITIONS);
      const crew = new Crew(topic);
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
        const other = new Crew(topic, 'another-group');
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
        const ends = await topic.endOffsets();
        await waitFor('no lag', async () => String(await topic.committed(crew.group)) === String(ends));
        await crew.hire(1);
        await crew.settled(PARTITIONS);
        expect(await topic.committed(crew.group)).toEqual(ends);
        expect(crew.handledKeys()).toHaveLength(200);
      }));

    it('calls a handler that failed again, with a higher attempt, and not before its delay', () =>
      withCrew(async (_topic, crew) => {
        const attempts: { attempt: number; at: number }[] = [];
        const delays = [50, 100];
        crew.handler = {
          handle: (_record, attempt) => {
            attempts.push({ attempt, at: performance.now() });
            return attempt <= 2 ? Promise.reject(new Error('not yet')) : Promise.resolve();
          },
          decide: (_error, _record, attempt) => ({ kind: 'retry', delayMs: delays[attempt - 1] ?? 0 }),
        };
        await crew.hire(1);
        await crew.publish(1);
        await crew.handledAll(1);
        expect(attempts.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
        delays.forEach((delay, index) => {
          const waited = (attempts[index + 1]?.at ?? 0) - (attempts[index]?.at ?? 0);
          expect(waited).toBeGreaterThanOrEqual(delay - 1); // a timer may fire up to 1 ms early
        });
      }));

    it('lives on whatever a handler throws, and holds up only the partition of one that never settles', () =>
      withCrew(async (topic, crew) => {
        const wrongs: (() => Promise<void>)[] = [
          () => Promise.reject(new TypeError('a bug')),
          () => Promise.reject('a string'),
          () => Promise.reject(undefined),
          () => {
            throw new SyntaxError('thrown at once');
          },
        ];
        crew.handler = failing((record, attempt) => wrongs[attempt - 1]?.() ?? neverIn(0)(record));
        await crew.hire(1);
        await crew.publish(60);
        const inOthers = (await topic.records()).filter(({ partition }) => partition !== 0);
        await waitFor('the other partitions', () => crew.handledKeys().length === inOthers.length);
        expect(crew.handledKeys().sort()).toEqual(inOthers.map(({ key }) => key).sort());
        const committed = await waitFor('their commit', async () => {
          const positions = await topic.committed(crew.group);
          return positions.reduce((sum, position) => sum + position) === BigInt(inOthers.length) && positions;
        });
        expect(committed[0]).toBe(0n);
      }));

    it('stops the partition of a record that can never be carried out, says so, and never skips it', () =>
      withCrew(async (topic, crew) => {
        crew.handler = {
          handle: ({ offset, partition }) =>
            partition === 2 && offset === 1n ? Promise.reject(new Error('undecodable')) : Promise.resolve(),
          decide: (): Disposition => ({ kind: 'halt' }),
        };
        const [replica] = await crew.hire(1);
        await crew.publish(100);
        const expected = (await topic.records()).filter(
          ({ partition, offset }) => partition !== 2 || offset === '0',
        );
        await waitFor('the rest', () => crew.handledKeys().length === expected.length);
        expect(crew.handledKeys().sort()).toEqual(expected.map(({ key }) => key).sort());
        expect(await replica?.engine.check()).toEqual({
          status: 'down',
          detail: 'partition 2 is stopped at offset 1',
        });
        await replica?.stop();
        expect((await topic.committed(crew.group))[2]).toBe(1n);
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
        const ends = await topic.endOffsets();
        await waitFor('no lag', async () => String(await topic.committed(crew.group)) === String(ends));
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
        const ends = await topic.endOffsets();
        await waitFor('no lag', async () => String(await topic.committed(crew.group)) === String(ends));
      }));

    it('lets a record go that waits for its next attempt when the group rebalances: no attempt is spent', () =>
      withCrew(async (_topic, crew) => {
        const attempts: number[] = [];
        crew.handler = failing((_record, attempt) => {
          attempts.push(attempt);
          return attempts.length === 1 ? Promise.reject(new Error('once')) : Promise.resolve();
        }, 60_000);
        await crew.hire(1);
        await crew.publish(1);
        await waitFor('the first attempt', () => attempts.length === 1);
        await crew.hire(1);
        await crew.handledAll(1);
        expect(attempts).toEqual([1, 1]);
      }));

    it('commits nothing for a completion that comes after the partition was lost', () =>
      withCrew(async (topic, crew) => {
        let finish: (() => void) | undefined;
        let calls = 0;
        crew.handler = failing(() => {
          calls++;
          return calls === 1 ? new Promise<void>((resolve) => (finish = resolve)) : neverIn(-1)();
        });
        crew.rejoinDrainMs = 50;
        const [owner] = await crew.hire(1);
        await crew.publish(1);
        await waitFor('the record at work', () => calls === 1);
        await owner?.stop(50);
        finish?.();
        crew.handler = failing(() => new Promise(() => undefined));
        await crew.hire(1);
        await waitFor('the record at work elsewhere', () => crew.started().length === 2);
        expect(await topic.committed(crew.group)).toEqual([0n, 0n, 0n, 0n, 0n]);
      }));

    it('holds a bounded number of records while the handler is slow, loses none, and reads on', () =>
      withCrew(async (_topic, crew) => {
        let release: (() => void) | undefined;
        const released = new Promise<void>((resolve) => (release = resolve));
        crew.handler = failing(() => released);
        crew.maxOpenRecords = 20;
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

/** A handler whose failures are tried again. */
function failing(
  handle: (record: ReceivedRecord, attempt: number) => Promise<void>,
  delayMs = 1,
): RecordHandler {
  return { handle, decide: () => ({ kind: 'retry', delayMs }) };
}

/** Done at once, but in `partition` never. */
function neverIn(partition: number) {
  return (record?: ReceivedRecord): Promise<void> =>
    record?.partition === partition ? new Promise<void>(() => undefined) : Promise.resolve();
}
