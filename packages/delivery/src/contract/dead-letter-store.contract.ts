import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { DeadLetter, DeadLetterFilter, DeadLetterStore, Origin } from '../engine/dead-letters.js';
import { aDeadLetter, ORIGIN } from './a-dead-letter.js';

export const PARTITIONS = 5;

/** Adapters of one place to keep letters in, which is empty. */
export interface DeadLettersUnderTest {
  readonly deadLetters: DeadLetterStore;
  /** Another process's. */
  readonly neighbour: DeadLetterStore;
}

/** Where such places come from; each has {@link PARTITIONS} partitions. */
export interface DeadLettersBed {
  place(): Promise<DeadLettersUnderTest>;
  close(): Promise<void>;
}

const utf8 = new TextEncoder();
const everyByte = Uint8Array.from({ length: 256 }, (_, byte) => byte);

/** What every DeadLetterStore does. */
export function deadLettersContract(startBed: () => Promise<DeadLettersBed>): void {
  describe('dead letters', () => {
    let bed: DeadLettersBed;
    let deadLetters: DeadLetterStore;
    let neighbour: DeadLetterStore;
    beforeAll(async () => {
      bed = await startBed();
    });
    beforeEach(async () => {
      ({ deadLetters, neighbour } = await bed.place());
    });
    afterAll(() => bed.close());

    describe('a letter', () => {
      it('is listed with all that was added', async () => {
        const letter = aDeadLetter();
        await deadLetters.add(letter);
        expect(await listed(neighbour)).toEqual([letter]);
      });

      it.each([
        ['no key', { key: null, value: utf8.encode('v'), headers: {} }],
        ['no value', { key: utf8.encode('k'), value: null, headers: {} }],
        ['neither, nor headers', { key: null, value: null, headers: {} }],
        ['an empty key and value', { key: new Uint8Array(), value: new Uint8Array(), headers: {} }],
        ['any bytes', { key: everyByte, value: everyByte, headers: { any: everyByte } }],
        ['unicode', { key: utf8.encode('clé-😀'), value: utf8.encode('é'), headers: { 'ß😀': everyByte } }],
        ['many headers', { key: null, value: null, headers: headersNamed((n) => `header-${n}`, 300) }],
        ['headers of odd names', { key: null, value: null, headers: headersOf('', ' ', '__proto__', '1') }],
      ])('keeps a message with %s', async (_what, message) => {
        const letter = aDeadLetter({}, { message });
        await deadLetters.add(letter);
        expect(await listed(neighbour)).toEqual([letter]);
      });

      it('keeps headers of the message that look like the letter’s own, and its own are not taken from them', async () => {
        const headers = headersOf(
          'x-original-topic',
          'x-original-partition',
          'x-original-offset',
          'x-reason',
          'x-attempts',
          'x-mark',
          'x-redrive-count',
          'x-kept-',
          'x-kept-x-reason',
        );
        const letter = aDeadLetter({}, { message: { ...aDeadLetter().message, headers }, redriveCount: 3 });
        await deadLetters.add(letter);
        expect(await listed(neighbour)).toEqual([letter]);
      });

      it.each(['invalid', 'exhausted', 'conflicting'] as const)('keeps the reason %s', async (reason) => {
        const letter = aDeadLetter({ offset: '9223372036854775807' }, { reason, redriveCount: 7 });
        await deadLetters.add(letter);
        expect(await listed(neighbour)).toEqual([letter]);
      });

      it('has an error message of one line, without control characters, at most 512 long, well-formed', async () => {
        const errorMessage = `one\r\n\ttwo\0\u001b[31m\u2028three\ud800 ${'é'.repeat(600)}`;
        await deadLetters.add(aDeadLetter({}, { errorMessage }));
        const [found] = await listed(neighbour);
        const clean = `one two [31m three\ufffd ${'é'.repeat(600)}`;
        expect(found?.errorMessage).toBe(clean.slice(0, 512));
      });

      it('of a message of the largest size fits', async () => {
        const value = new Uint8Array(1_000_000).map(() => Math.random() * 256);
        const letter = aDeadLetter({}, { message: { key: null, value, headers: {} } });
        await deadLetters.add(letter);
        const [found] = await listed(neighbour);
        expect(Buffer.compare(found?.message.value ?? Buffer.of(), value)).toBe(0);
      });

      it('of a message that was larger before its producer compressed it fits', async () => {
        const value = new Uint8Array(5_000_000).fill(120);
        await deadLetters.add(aDeadLetter({}, { message: { key: null, value, headers: {} } }));
        const [found] = await listed(neighbour);
        expect(Buffer.compare(found?.message.value ?? Buffer.of(), value)).toBe(0);
      });

      it('does not show a change to what was passed in, nor to what was listed', async () => {
        const value = Buffer.from('before');
        const sentAt = new Date(1_000);
        const adding = deadLetters.add(
          aDeadLetter({}, { message: { key: null, value, headers: { h: value } }, sentAt }),
        );
        value.fill(0);
        sentAt.setTime(0);
        await adding;
        for (let time = 0; time < 2; time++) {
          const [found] = await listed(deadLetters);
          expect(new TextDecoder().decode(found?.message.value ?? undefined)).toBe('before');
          expect(new TextDecoder().decode(found?.message.headers['h'])).toBe('before');
          expect(found?.sentAt).toEqual(new Date(1_000));
          found?.message.value?.fill(0);
          found?.sentAt.setTime(0);
        }
      });
    });

    describe('adding', () => {
      it('twice lists once, by two processes and at once too', async () => {
        const letter = aDeadLetter();
        await deadLetters.add(letter);
        await Promise.all([deadLetters.add(letter), neighbour.add(letter), neighbour.add(letter)]);
        expect(await listed(deadLetters)).toEqual([letter]);
      });

      it('again with another story leaves the first', async () => {
        const first = aDeadLetter();
        await deadLetters.add(first);
        await neighbour.add(aDeadLetter({}, { reason: 'invalid', replica: 'replica-2' }));
        expect(await listed(deadLetters)).toEqual([first]);
        expect(await listed(deadLetters, { reason: 'invalid' })).toEqual([]);
      });

      it('tells letters apart whose origins differ in one part', async () => {
        const letters = [{}, { topic: 'other' }, { partition: 3 }, { offset: '18' }].map((origin) =>
          aDeadLetter(origin),
        );
        for (const letter of letters) await deadLetters.add(letter);
        expect(identities(await listed(deadLetters)).sort()).toEqual(identities(letters).sort());
      });

      it('2,000 at once lists 2,000, those of a partition in the order of their origins', async () => {
        const letters = Array.from({ length: 2_000 }, (_, index) =>
          aDeadLetter({ partition: index % PARTITIONS, offset: String((index * 7919) % 2_003) }),
        );
        await Promise.all(letters.map((letter, index) => (index % 2 ? deadLetters : neighbour).add(letter)));
        const found = await listed(deadLetters);
        expect(identities(found).sort()).toEqual(identities(letters).sort());
        for (let partition = 0; partition < PARTITIONS; partition++) {
          const offsets = found
            .filter(({ origin }) => origin.partition === partition)
            .map(({ origin }) => Number(origin.offset));
          expect(offsets).toEqual(offsets.toSorted((a, b) => a - b));
        }
      });
    });

    describe('a mark', () => {
      it.each(['redriven', 'discarded'] as const)('%s takes its letter out of the list', async (mark) => {
        const [marked, other] = [aDeadLetter({ offset: '1' }), aDeadLetter({ offset: '2' })];
        await deadLetters.add(marked);
        await deadLetters.add(other);
        await neighbour.resolve(marked.origin, mark);
        expect(await listed(deadLetters)).toEqual([other]);
      });

      it('is for good: its letter is not listed when it is added again', async () => {
        await deadLetters.add(aDeadLetter());
        await deadLetters.resolve(ORIGIN, 'redriven');
        await neighbour.add(aDeadLetter());
        expect(await listed(deadLetters)).toEqual([]);
      });

      it('twice is harmless', async () => {
        await deadLetters.add(aDeadLetter());
        await deadLetters.resolve(ORIGIN, 'redriven');
        await deadLetters.resolve(ORIGIN, 'discarded');
        expect(await listed(deadLetters)).toEqual([]);
      });

      it('of an unknown origin is harmless, also to a letter that comes later', async () => {
        await deadLetters.resolve(ORIGIN, 'discarded');
        expect(await listed(deadLetters)).toEqual([]);
        await deadLetters.add(aDeadLetter());
        expect(await listed(deadLetters)).toEqual([aDeadLetter()]);
      });

      it('is not of the letter of the same message that came back under a new origin', async () => {
        await deadLetters.add(aDeadLetter({ offset: '1' }));
        await deadLetters.resolve({ ...ORIGIN, offset: '1' }, 'redriven');
        const again = aDeadLetter({ offset: '2' }, { redriveCount: 1 });
        await deadLetters.add(again);
        expect(await listed(deadLetters)).toEqual([again]);
      });
    });

    describe('a list', () => {
      it('of nothing is empty', async () => {
        expect(await listed(deadLetters)).toEqual([]);
      });

      it.each<[string, DeadLetterFilter, string[]]>([
        ['of a reason', { reason: 'invalid' }, ['2', '4']],
        ['of an order', { key: 'order-3' }, ['3']],
        ['of an order that has none', { key: 'order' }, []],
        ['of those given up before a time, not at it', { before: minute(3) }, ['1', '2']],
        ['of an origin', { origin: { ...ORIGIN, offset: '4' } }, ['4']],
        ['of an origin of another topic', { origin: { ...ORIGIN, topic: 'x', offset: '4' } }, []],
        ['of all that is asked for', { reason: 'invalid', before: minute(3) }, ['2']],
        ['without a filter', {}, ['1', '2', '3', '4', '5']],
      ])('%s has what matches', async (_what, filter, offsets) => {
        for (let n = 1; n <= 5; n++) {
          const reason = n % 2 === 0 ? 'invalid' : 'exhausted';
          const noKey = { ...aDeadLetter().message, key: null };
          const message = n === 5 ? { message: noKey } : {};
          await deadLetters.add(
            aDeadLetter({ offset: String(n) }, { reason, lastFailureAt: minute(n), ...message }),
          );
        }
        const found = await listed(deadLetters, filter);
        expect(found.map(({ origin }) => origin.offset)).toEqual(offsets);
      });

      it('has the first of those that match, up to the limit, and says how many do', async () => {
        for (let n = 1; n <= 20; n++) {
          const reason = n % 2 === 0 ? 'invalid' : 'exhausted';
          await deadLetters.add(aDeadLetter({ partition: n % 2, offset: String(n) }, { reason }));
        }
        const found = async (filter: DeadLetterFilter, limit?: number) => {
          const { matched, deadLetters } = await neighbour.list(filter, limit);
          const offsets: string[] = [];
          for await (const { origin } of deadLetters) offsets.push(origin.offset);
          return { matched, offsets };
        };
        expect(await found({}, 3)).toEqual({ matched: 20, offsets: ['2', '4', '6'] });
        expect(await found({ reason: 'exhausted' }, 2)).toEqual({ matched: 10, offsets: ['1', '3'] });
        expect(await found({}, 0)).toEqual({ matched: 20, offsets: [] });
        expect((await found({})).offsets).toHaveLength(20);
        await deadLetters.resolve({ ...ORIGIN, partition: 0, offset: '2' }, 'redriven');
        expect(await found({}, 1)).toEqual({ matched: 19, offsets: ['4'] });
      });

      it('shows at once what another process added, redrove or discarded since', async () => {
        for (let n = 1; n <= 10; n++) {
          const letter = aDeadLetter({ offset: String(n) });
          await neighbour.add(letter);
          expect(await listed(deadLetters)).toEqual([letter]);
          await neighbour.resolve(letter.origin, n % 2 ? 'redriven' : 'discarded');
          expect(await listed(deadLetters)).toEqual([]);
        }
      });

      it('has what is left of many that were resolved, and none of those, added again or not', async () => {
        const letters = Array.from({ length: 3_000 }, (_, n) =>
          aDeadLetter({ partition: n % PARTITIONS, offset: String(n) }),
        );
        await Promise.all(letters.map((letter) => deadLetters.add(letter)));
        const resolved = letters.slice(0, -3);
        await Promise.all(resolved.map(({ origin }) => neighbour.resolve(origin, 'discarded')));
        await Promise.all(resolved.map((letter) => neighbour.add(letter)));
        for (const each of [deadLetters, neighbour]) {
          expect(identities(await listed(each)).sort()).toEqual(identities(letters.slice(-3)).sort());
        }
      });

      it('at once with others sees what was marked before it', async () => {
        for (let n = 0; n < 20; n++) await deadLetters.add(aDeadLetter({ offset: String(n) }));
        const counts = Array.from({ length: 20 }, async (_, n) => {
          await neighbour.resolve({ ...ORIGIN, offset: String(n) }, 'redriven');
          const found = await listed(deadLetters);
          return found.some(({ origin }) => origin.offset === String(n));
        });
        expect(await Promise.all(counts)).toEqual(Array(20).fill(false));
      });

      it('may be left before its end, and listed again', async () => {
        for (let n = 0; n < 20; n++) await deadLetters.add(aDeadLetter({ offset: String(n) }));
        for (let time = 0; time < 3; time++) {
          for await (const { origin } of (await deadLetters.list({})).deadLetters) {
            expect(origin.offset).toBe('0');
            break;
          }
        }
        expect(await listed(deadLetters)).toHaveLength(20);
      });

      it('may be marked while it is read', async () => {
        const letters = Array.from({ length: 20 }, (_, n) =>
          aDeadLetter({ partition: n % PARTITIONS, offset: String(n) }),
        );
        for (const letter of letters) await deadLetters.add(letter);
        const seen: DeadLetter[] = [];
        for await (const letter of (await deadLetters.list({})).deadLetters) {
          seen.push(letter);
          await deadLetters.resolve(letter.origin, 'redriven');
        }
        expect(identities(seen).sort()).toEqual(identities(letters).sort());
        expect(await listed(deadLetters)).toEqual([]);
      });
    });
  });
}

export async function listed(
  deadLetters: DeadLetterStore,
  filter: DeadLetterFilter = {},
): Promise<DeadLetter[]> {
  const letters: DeadLetter[] = [];
  for await (const letter of (await deadLetters.list(filter)).deadLetters) letters.push(letter);
  return letters;
}

function identities(letters: readonly { readonly origin: Origin }[]): string[] {
  return letters.map(({ origin: { topic, partition, offset } }) => `${topic}/${partition}/${offset}`);
}

function headersNamed(name: (index: number) => string, count: number): Record<string, Uint8Array> {
  return headersOf(...Array.from({ length: count }, (_, index) => name(index)));
}

/** Each header's value is its name. */
function headersOf(...names: string[]): Record<string, Uint8Array> {
  return Object.fromEntries(names.map((name) => [name, utf8.encode(name)]));
}

function minute(minutes: number): Date {
  return new Date(Date.UTC(2026, 2, 1, 10, minutes));
}
