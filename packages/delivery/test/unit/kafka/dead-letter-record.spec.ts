import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  decodeDeadLetter,
  decodeResolution,
  encodeDeadLetter,
  encodeResolution,
} from '../../../src/kafka/dead-letter-record.js';
import { encodedSize } from '../../../src/engine/encoded-size.js';
import { aDeadLetter, ORIGIN, REASONS } from '../../../src/contract/a-dead-letter.js';
import { anyDeadLetter } from '../../support/any-dead-letter.js';

const textsOf = (headers: Readonly<Record<string, Uint8Array>>) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, new TextDecoder().decode(value)]));
const bytes = (text: string) => new TextEncoder().encode(text);

describe('the record of a dead letter', () => {
  it('has the message’s key, bytes and headers, and says in headers of its own what became of it', () => {
    const { key, value, headers } = encodeDeadLetter(aDeadLetter());
    expect([key, value]).toEqual([bytes('key-17'), bytes('value of key-17')]);
    expect(textsOf(headers)).toEqual({
      type: 'parcel',
      'x-original-topic': 'parcels',
      'x-original-partition': '2',
      'x-original-offset': '17',
      'x-original-timestamp': '1736933390000',
      'x-consumer-group': 'a-group',
      'x-replica': 'replica-1',
      'x-attempts': '5',
      'x-first-failure-at': '2025-01-15T09:29:55.000Z',
      'x-last-failure-at': '2025-01-15T09:30:00.000Z',
      'x-failure-stage': 'handle',
      'x-reason': 'exhausted',
      'x-error-code': 'HANDLER.FAILED',
      'x-error-message': 'the handler failed',
      'x-redrive-count': '0',
    });
  });

  it('is read back as it was, for any dead letter', () => {
    fc.assert(
      fc.property(anyDeadLetter, (deadLetter) => {
        expect(decodeDeadLetter(encodeDeadLetter(deadLetter), REASONS)).toEqual(deadLetter);
        expect(decodeResolution(encodeDeadLetter(deadLetter))).toBeUndefined();
      }),
    );
  });

  it('tells the truth in its headers, whatever the message says in its own', () => {
    const headers = { 'x-reason': bytes('invalid'), 'x-redrive-count': bytes('2') };
    const message = { ...aDeadLetter().message, headers };
    expect(textsOf(encodeDeadLetter(aDeadLetter({}, { message, redriveCount: 2 })).headers)).toMatchObject({
      'x-reason': 'exhausted',
      'x-redrive-count': '2',
      'x-kept-x-reason': 'invalid',
      'x-kept-x-redrive-count': '2',
    });
  });

  it('adds headers of bounded size, however long the texts are', () => {
    const long = '€'.repeat(100_000);
    const deadLetter = aDeadLetter(
      {},
      { consumerGroup: long, replica: long, errorCode: long, errorMessage: long },
    );
    const { message } = deadLetter;
    expect(encodedSize(encodeDeadLetter(deadLetter)) - encodedSize(message)).toBeLessThan(8_000);
  });

  it('does not fail on a message with an impossible time', () => {
    const record = encodeDeadLetter(aDeadLetter({}, { sentAt: new Date(Number.NaN) }));
    expect(decodeDeadLetter(record, REASONS)?.sentAt).toEqual(new Date(-1));
  });

  it.each([
    ['no headers', {}],
    ['a reason that there is not', changed('x-reason', 'because')],
    ['a partition that is no number', changed('x-original-partition', '-1')],
    ['an offset that is not written as Kafka does', changed('x-original-offset', '017')],
    ['an impossible time', changed('x-original-timestamp', '9999999999999999')],
    ['a time that is none', changed('x-last-failure-at', 'yesterday')],
    ['what earlier versions wrote for a resolution', changed('x-mark', 'redriven')],
  ])('is none with %s', (_what, headers) => {
    expect(decodeDeadLetter({ key: null, value: null, headers }, REASONS)).toBeUndefined();
  });

  it.each(Object.keys(encodeDeadLetter(aDeadLetter()).headers).filter((name) => name !== 'type'))(
    'is none without %s',
    (name) => {
      const { [name]: _left, ...headers } = encodeDeadLetter(aDeadLetter()).headers;
      expect(decodeDeadLetter({ key: null, value: null, headers }, REASONS)).toBeUndefined();
    },
  );

  it('of an earlier version has the message’s own header that is ours by now', () => {
    const record = { key: null, value: null, headers: changed('x-resolution', 'redriven') };
    expect(decodeResolution(record)).toBeUndefined();
    expect(decodeDeadLetter(record, REASONS)?.message.headers).toEqual({
      type: bytes('parcel'),
      'x-resolution': bytes('redriven'),
    });
  });

  it.each(['x-resolution', 'x-mark'])('keeps a header of the message that has the name %s', (name) => {
    const message = { ...aDeadLetter().message, headers: { [name]: bytes('redriven') } };
    const record = encodeDeadLetter(aDeadLetter({}, { message }));
    expect(textsOf(record.headers)).toMatchObject({ [`x-kept-${name}`]: 'redriven' });
    expect(record.headers).not.toHaveProperty(name);
    expect(decodeDeadLetter(record, REASONS)?.message).toEqual(message);
  });

  function changed(name: string, value: string) {
    return { ...encodeDeadLetter(aDeadLetter()).headers, [name]: bytes(value) };
  }
});

describe('the record of a resolution', () => {
  it.each(['redriven', 'discarded'] as const)('names the origin and says %s, nothing else', (resolution) => {
    const record = encodeResolution(ORIGIN, resolution);
    expect({ ...record, headers: textsOf(record.headers) }).toEqual({
      key: null,
      value: null,
      headers: {
        'x-original-topic': 'parcels',
        'x-original-partition': '2',
        'x-original-offset': '17',
        'x-resolution': resolution,
      },
    });
    expect(decodeResolution(record)).toEqual(ORIGIN);
    expect(decodeDeadLetter(record, REASONS)).toBeUndefined();
  });

  it('names who asked for it, and is read alike', () => {
    const record = encodeResolution(ORIGIN, 'discarded', 'ops');
    expect(textsOf(record.headers)).toMatchObject({ 'x-resolution': 'discarded', 'x-resolved-by': 'ops' });
    expect(decodeResolution(record)).toEqual(ORIGIN);
  });

  it('is read as earlier versions wrote it', () => {
    const { 'x-resolution': resolution = bytes(''), ...headers } = encodeResolution(
      ORIGIN,
      'redriven',
    ).headers;
    const old = { key: null, value: null, headers: { ...headers, 'x-mark': resolution } };
    expect(decodeResolution(old)).toEqual(ORIGIN);
    expect(decodeDeadLetter(old, REASONS)).toBeUndefined();
  });

  it.each(['x-resolution', 'x-mark'])('is none when %s says anything else', (name) => {
    const { 'x-resolution': _resolution, ...headers } = encodeResolution(ORIGIN, 'redriven').headers;
    const record = { key: null, value: null, headers: { ...headers, [name]: bytes('burnt') } };
    expect(decodeResolution(record)).toBeUndefined();
  });
});
