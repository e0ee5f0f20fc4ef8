import { describe, expect, it } from '@jest/globals';
import type { DeadLetter, Resolution } from '../engine/dead-letters.js';
import { aDeadLetter, ORIGIN } from './a-dead-letter.js';
import { addTo, identities, listed, PARTITIONS, storePerTest } from './dead-letter-tests.js';
import type { TestBroker } from './test-broker.js';

const RESOLUTIONS: readonly Resolution[] = ['redriven', 'discarded'];

const utf8 = new TextEncoder();
const everyByte = Uint8Array.from({ length: 256 }, (_, byte) => byte);
const reserved = ['original-topic', 'original-partition', 'original-offset', 'reason', 'attempts', 'mark']
  .concat('redrive-count', 'kept-', 'kept-x-reason')
  .map((name) => `x-${name}`);

/** What every DeadLetterStore does. */
export function deadLetterStoreContract(startBroker: () => Promise<TestBroker>): void {
  describe('dead letters', () => {
    const { deadLetters, neighbour } = storePerTest(startBroker);

    describe('a dead letter', () => {
      it.each<[string, Partial<DeadLetter['message']>]>([
        ['text', {}],
        ['no key', { key: null }],
        ['no value', { value: null }],
        ['neither, nor headers', { key: null, value: null, headers: {} }],
        ['an empty key and value', { key: new Uint8Array(), value: new Uint8Array() }],
        ['any bytes', { key: everyByte, value: everyByte, headers: { any: everyByte } }],
        ['unicode', { key: utf8.encode('clé-😀'), value: utf8.encode('é'), headers: { 'ß😀': everyByte } }],
        ['many headers', { headers: headersOf(Array.from({ length: 300 }, (_, n) => `header-${n}`)) }],
        ['headers of odd names', { headers: headersOf(['', ' ', '__proto__', '1']) }],
        ['headers that look like the store’s own', { headers: headersOf(reserved) }],
      ])('is listed with all that was added, of a message with %s', async (_what, change) => {
        const added = aDeadLetter({}, { message: { ...aDeadLetter().message, ...change }, redriveCount: 3 });
        await deadLetters.add(added);
        expect(await listed(neighbour)).toEqual([added]);
      });

      it.each(['invalid', 'exhausted', 'conflicting'] as const)('keeps the reason %s', async (reason) => {
        const added = aDeadLetter({ offset: '9223372036854775807' }, { reason, redriveCount: 7 });
        await deadLetters.add(added);
        expect(await listed(neighbour)).toEqual([added]);
      });

      it('has an error message of one line, without control characters, at most 512 long, well-formed', async () => {
        const errorMessage = `one\r\n\ttwo\0\u001b[31m\u2028three\ud800 ${'é'.repeat(600)}`;
        await deadLetters.add(aDeadLetter({}, { errorMessage }));
        const [found] = await listed(neighbour);
        const clean = `one two [31m three\ufffd ${'é'.repeat(600)}`;
        expect(found?.errorMessage).toBe(clean.slice(0, 512));
      });

      it.each([
        ['the largest size', new Uint8Array(1_000_000).map(() => Math.random() * 256)],
        ['a larger size, which its producer had compressed', new Uint8Array(5_000_000).fill(120)],
      ])('has room for a message of %s', async (_size, value) => {
        await deadLetters.add(aDeadLetter({}, { message: { key: null, value, headers: {} } }));
        const [found] = await listed(neighbour);
        expect(Buffer.compare(found?.message.value ?? Buffer.of(), value)).toBe(0);
      });

      it('does not show a change to what was passed in, nor to what was listed', async () => {
        const value = Buffer.from('before');
        const sentAt = new Date(1_000);
        const message = { key: null, value, headers: { h: value } };
        const adding = deadLetters.add(aDeadLetter({}, { message, sentAt }));
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
        const [added = aDeadLetter()] = await addTo(deadLetters, 1);
        await Promise.all([deadLetters.add(added), neighbour.add(added), neighbour.add(added)]);
        expect(await listed(deadLetters)).toEqual([added]);
      });

      it('again with another story leaves the first', async () => {
        const first = aDeadLetter();
        await deadLetters.add(first);
        await neighbour.add(aDeadLetter({}, { reason: 'invalid', replica: 'replica-2' }));
        expect(await listed(deadLetters)).toEqual([first]);
        expect(await listed(deadLetters, { reason: 'invalid' })).toEqual([]);
      });

      it('tells dead letters apart whose origins differ in one part', async () => {
        const origins = [{}, { topic: 'other' }, { partition: 3 }, { offset: '18' }];
        const added = await addTo(deadLetters, origins.length, (n) => aDeadLetter(origins[n]));
        expect(identities(await listed(deadLetters))).toEqual(identities(added));
      });

      it('2,000 at once lists 2,000, those of a partition in the order of their origins', async () => {
        const added = Array.from({ length: 2_000 }, (_, n) =>
          aDeadLetter({ partition: n % PARTITIONS, offset: String((n * 7919) % 2_003) }),
        );
        await Promise.all(added.map((each, n) => (n % 2 ? deadLetters : neighbour).add(each)));
        const found = await listed(deadLetters);
        expect(identities(found)).toEqual(identities(added));
        for (let partition = 0; partition < PARTITIONS; partition++) {
          const ofPartition = found.filter(({ origin }) => origin.partition === partition);
          const offsets = ofPartition.map(({ origin }) => Number(origin.offset));
          expect(offsets).toEqual(offsets.toSorted((a, b) => a - b));
        }
      });
    });

    describe('resolving', () => {
      it.each(RESOLUTIONS)('takes a dead letter out of the list (%s)', async (resolution) => {
        const [resolved = aDeadLetter(), other] = await addTo(deadLetters, 2);
        await neighbour.resolve(resolved.origin, resolution);
        expect(await listed(deadLetters)).toEqual([other]);
      });

      it('is for good: the dead letter is not listed when it is added again', async () => {
        const [resolved = aDeadLetter()] = await addTo(deadLetters, 1);
        await deadLetters.resolve(resolved.origin, 'redriven');
        await neighbour.add(resolved);
        expect(await listed(deadLetters)).toEqual([]);
      });

      it('twice is harmless', async () => {
        const [resolved = aDeadLetter()] = await addTo(deadLetters, 1);
        for (const resolution of RESOLUTIONS) await deadLetters.resolve(resolved.origin, resolution);
        expect(await listed(deadLetters)).toEqual([]);
      });

      it('an unknown origin is harmless, also to a dead letter that comes later', async () => {
        await deadLetters.resolve(ORIGIN, 'discarded');
        expect(await listed(deadLetters)).toEqual([]);
        await deadLetters.add(aDeadLetter());
        expect(await listed(deadLetters)).toEqual([aDeadLetter()]);
      });

      it('leaves the dead letter of the same message that came back under a new origin', async () => {
        const [first = aDeadLetter()] = await addTo(deadLetters, 1);
        await deadLetters.resolve(first.origin, 'redriven');
        const again = aDeadLetter({ offset: '2' }, { message: first.message, redriveCount: 1 });
        await deadLetters.add(again);
        expect(await listed(deadLetters)).toEqual([again]);
      });
    });
  });
}

/** Each header's value is its name. */
function headersOf(names: readonly string[]): Record<string, Uint8Array> {
  return Object.fromEntries(names.map((name) => [name, utf8.encode(name)]));
}
