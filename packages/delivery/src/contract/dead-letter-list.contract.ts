import { describe, expect, it } from '@jest/globals';
import type { DeadLetter, DeadLetterFilter } from '../engine/dead-letters.js';
import { aDeadLetter, ORIGIN } from './a-dead-letter.js';
import { addTo, identities, listed, PARTITIONS, storePerTest } from './dead-letter-tests.js';
import type { TestBroker } from './test-broker.js';

/** What every list of a DeadLetterStore shows. */
export function deadLetterListContract(startBroker: () => Promise<TestBroker>): void {
  describe('a list of dead letters', () => {
    const { deadLetters, neighbour } = storePerTest(startBroker);

    it('of nothing is empty', async () => {
      expect(await listed(deadLetters)).toEqual([]);
    });

    it.each<[string, DeadLetterFilter, string[]]>([
      ['of a reason', { reason: 'invalid' }, ['2', '4']],
      ['of a key', { key: 'key-3' }, ['3']],
      ['of a key that has none', { key: 'key' }, []],
      ['of those dead-lettered before a time, not at it', { before: minute(3) }, ['1', '2']],
      ['of an origin', { origin: { ...ORIGIN, offset: '4' } }, ['4']],
      ['of an origin of another topic', { origin: { ...ORIGIN, topic: 'x', offset: '4' } }, []],
      ['of all that is asked for', { reason: 'invalid', before: minute(3) }, ['2']],
      ['without a filter', {}, ['1', '2', '3', '4', '5']],
    ])('%s has what matches', async (_what, filter, offsets) => {
      for (let n = 1; n <= 5; n++) {
        const added = aDeadLetter(
          { offset: String(n) },
          { reason: n % 2 === 0 ? 'invalid' : 'exhausted', lastFailureAt: minute(n) },
        );
        const message = { ...added.message, ...(n === 5 && { key: null }) };
        await deadLetters.add({ ...added, message });
      }
      const found = await listed(deadLetters, filter);
      expect(found.map(({ origin }) => origin.offset)).toEqual(offsets);
    });

    it('counts what has a time in the future, by a wrong clock, as dead-lettered when it was found', async () => {
      const ahead = aDeadLetter({}, { lastFailureAt: new Date(Date.now() + 24 * 3_600_000) });
      const earlier = new Date();
      await deadLetters.add(ahead);
      expect(await listed(deadLetters)).toEqual([ahead]);
      expect(await listed(deadLetters, { before: earlier })).toEqual([]);
      expect(await listed(deadLetters, { before: new Date(Date.now() + 1) })).toEqual([ahead]);
    });

    it('has the first of those that match, up to the limit, and says how many do', async () => {
      await addTo(deadLetters, 20, (n) =>
        aDeadLetter(
          { partition: n % 2, offset: String(n) },
          { reason: n % 2 === 0 ? 'invalid' : 'exhausted' },
        ),
      );
      const found = async (filter: DeadLetterFilter, limit?: number) => {
        const list = await neighbour.list(filter, limit);
        const offsets: string[] = [];
        for await (const { origin } of list.deadLetters) offsets.push(origin.offset);
        return { matched: list.matched, offsets };
      };
      expect(await found({}, 3)).toEqual({ matched: 20, offsets: ['0', '2', '4'] });
      expect(await found({ reason: 'exhausted' }, 2)).toEqual({ matched: 10, offsets: ['1', '3'] });
      expect(await found({}, 0)).toEqual({ matched: 20, offsets: [] });
      expect((await found({})).offsets).toHaveLength(20);
      await deadLetters.resolve({ ...ORIGIN, partition: 0, offset: '0' }, 'redriven');
      expect(await found({}, 1)).toEqual({ matched: 19, offsets: ['2'] });
    });

    it('has the newest first when it is asked to: the first of all partitions, up to the limit', async () => {
      const times = [3, 1, 5, 2, 4, 5];
      await addTo(deadLetters, times.length, (n) =>
        aDeadLetter({ partition: n % 2, offset: String(n) }, { lastFailureAt: minute(times[n] ?? 0) }),
      );
      const newest = async (filter: DeadLetterFilter, limit?: number) =>
        (await listed(neighbour, filter, limit, 'newest')).map(({ origin }) => origin.offset);

      expect(await newest({})).toEqual(['2', '5', '4', '0', '3', '1']);
      expect(await newest({}, 3)).toEqual(['2', '5', '4']);
      expect(await newest({ before: minute(5) }, 2)).toEqual(['4', '0']);
    });

    it('has the newest first of more than it holds at a time', async () => {
      const all = Array.from({ length: 1_200 }, (_, n) =>
        aDeadLetter({ partition: n % PARTITIONS, offset: String(n) }, { lastFailureAt: minute(n) }),
      );
      await Promise.all(all.map((each) => deadLetters.add(each)));

      const found = await listed(neighbour, {}, undefined, 'newest');

      expect(found.map(({ origin }) => Number(origin.offset))).toEqual(all.map((_, n) => 1_199 - n));
    });

    it('shows at once what another process added, redrove or discarded since', async () => {
      for (let n = 0; n < 10; n++) {
        const added = aDeadLetter({ offset: String(n) });
        await neighbour.add(added);
        expect(await listed(deadLetters)).toEqual([added]);
        await neighbour.resolve(added.origin, n % 2 ? 'redriven' : 'discarded');
        expect(await listed(deadLetters)).toEqual([]);
      }
    });

    it('has what is left of many that were resolved, and none of those, added again or not', async () => {
      const all = Array.from({ length: 3_000 }, (_, n) =>
        aDeadLetter({ partition: n % PARTITIONS, offset: String(n) }),
      );
      await Promise.all(all.map((each) => deadLetters.add(each)));
      const resolved = all.slice(0, -3);
      await Promise.all(resolved.map(({ origin }) => neighbour.resolve(origin, 'discarded')));
      await Promise.all(resolved.map((each) => neighbour.add(each)));
      for (const each of [deadLetters, neighbour]) {
        expect(identities(await listed(each))).toEqual(identities(all.slice(-3)));
      }
    });

    it('that is read at once with others shows what was resolved before it', async () => {
      const added = await addTo(deadLetters, 20);
      const areShown = added.map(async ({ origin }) => {
        await neighbour.resolve(origin, 'redriven');
        return (await listed(deadLetters)).some((found) => found.origin.offset === origin.offset);
      });
      expect(await Promise.all(areShown)).toEqual(Array(20).fill(false));
    });

    it('may be left before its end, and listed again', async () => {
      await addTo(deadLetters, 20);
      for (let time = 0; time < 3; time++) {
        for await (const { origin } of (await deadLetters.list({})).deadLetters) {
          expect(origin.offset).toBe('0');
          break;
        }
      }
      expect(await listed(deadLetters)).toHaveLength(20);
    });

    it('may be resolved while it is read', async () => {
      const added = await addTo(deadLetters, 20, (n) =>
        aDeadLetter({ partition: n % PARTITIONS, offset: String(n) }),
      );
      const seen: DeadLetter[] = [];
      for await (const found of (await deadLetters.list({})).deadLetters) {
        seen.push(found);
        await deadLetters.resolve(found.origin, 'redriven');
      }
      expect(identities(seen)).toEqual(identities(added));
      expect(await listed(deadLetters)).toEqual([]);
    });
  });
}

function minute(minutes: number): Date {
  return new Date(Date.UTC(2026, 2, 1, 10, minutes));
}
