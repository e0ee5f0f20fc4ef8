import { describe, expect, it } from '@jest/globals';
import { aDeadLetter, ORIGIN } from '../../../src/contract/a-dead-letter.js';
import * as engine from '../../../src/engine/dead-letter.js';
import type { DeadLetter, DeadLetterFilter } from '../../../src/engine/dead-letters.js';

const { byOrigin, copyDeadLetter, oneLine, originId } = engine;

const deadLetter = aDeadLetter();
const justAfter = new Date(deadLetter.lastFailureAt.getTime() + 1);

describe('a filter', () => {
  const matches = (one: DeadLetter, filter: DeadLetterFilter) =>
    engine.matches(one, one.lastFailureAt, filter);

  it.each([
    ['nothing', {}],
    ['its reason', { reason: deadLetter.reason }],
    ['its key', { key: 'key-17' }],
    ['a later time', { before: justAfter }],
    ['its origin', { origin: { ...ORIGIN } }],
    ['all of it', { reason: deadLetter.reason, key: 'key-17', before: justAfter, origin: ORIGIN }],
  ])('matches a dead letter by %s', (_what, filter) => {
    expect(matches(deadLetter, filter)).toBe(true);
  });

  it.each([
    ['another reason', { reason: 'invalid' }],
    ['another key', { key: 'key-1' }],
    ['the time of its last failure', { before: deadLetter.lastFailureAt }],
    ['another origin', { origin: { ...ORIGIN, offset: '18' } }],
  ])('does not match by %s, whatever else it says', (_what, filter) => {
    const rest = { reason: deadLetter.reason, key: 'key-17', before: justAfter, origin: ORIGIN };
    expect(matches(deadLetter, filter)).toBe(false);
    expect(matches(deadLetter, { ...rest, ...filter })).toBe(false);
  });

  it('by a key matches no record without one', () => {
    const keyless = aDeadLetter({}, { message: { ...deadLetter.message, key: null } });
    expect([matches(keyless, { key: '' }), matches(keyless, {})]).toEqual([false, true]);
  });
});

describe('dead letters', () => {
  it('are known by topic, partition and offset', () => {
    expect(originId(ORIGIN)).toBe('parcels/2/17');
  });

  it('are sorted by partition, then by offset as a number', () => {
    const places = [
      { partition: 1, offset: '2' },
      { partition: 0, offset: '10' },
      { partition: 0, offset: '9' },
      { partition: 1, offset: '18014398509481984' },
    ];
    const sorted = places.map((place) => aDeadLetter(place)).sort(byOrigin);
    expect(sorted.map(({ origin }) => `${origin.partition}/${origin.offset}`)).toEqual([
      '0/9',
      '0/10',
      '1/2',
      '1/18014398509481984',
    ]);
  });

  it('share nothing with their copies', () => {
    const copy = copyDeadLetter(deadLetter);

    expect(copy).toEqual(deadLetter);
    expect(copy.origin).not.toBe(deadLetter.origin);
    expect(copy.message.key).not.toBe(deadLetter.message.key);
    expect(copy.message.value).not.toBe(deadLetter.message.value);
    expect(copy.message.headers['type']).not.toBe(deadLetter.message.headers['type']);
    expect(copy.lastFailureAt).not.toBe(deadLetter.lastFailureAt);
  });

  it('are copied without a key and a value where they have none', () => {
    const message = { key: null, value: null, headers: {} };
    expect(copyDeadLetter(aDeadLetter({}, { message })).message).toEqual(message);
  });

  it('have texts of one line in their copies', () => {
    const texts = { consumerGroup: 'a\nb', replica: 'a\nb', errorCode: 'a\nb', errorMessage: 'a\nb' };
    expect(copyDeadLetter(aDeadLetter({}, texts))).toMatchObject({
      consumerGroup: 'a b',
      replica: 'a b',
      errorCode: 'a b',
      errorMessage: 'a b',
    });
  });
});

describe('a line', () => {
  it('has a space for breaks and control characters in a row', () => {
    expect(oneLine('a\r\n\u0000b\u2028c\u2029\u0085d')).toBe('a b c d');
  });

  it('has 512 characters at most', () => {
    expect(oneLine('x'.repeat(513))).toBe('x'.repeat(512));
  });

  it('has no half of a character, where it was cut off too', () => {
    expect(oneLine(`${'x'.repeat(511)}😀`)).toBe(`${'x'.repeat(511)}\ufffd`);
  });
});
