import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { InvalidMessage, UndecodableMessage } from '../../src/application/application-errors.js';
import {
  readCorrelationId,
  decodeOrderSubmitted,
  encodeOrderSubmitted,
  keyText,
  type ReceivedMessage,
} from '../../src/application/messages/order-submitted.js';
import { readRedriveCount } from '../../src/application/messages/redrive-count.js';
import { Order } from '../../src/domain/order/order.js';
import {
  decodeDeadLetter,
  decodeResolution,
  encodeDeadLetter,
  encodeResolution,
} from '../../packages/delivery/src/kafka/dead-letter-record.js';
import { validTraceparent } from '../../src/interfaces/http/server/correlation.js';
import { deadLetterView } from '../../src/interfaces/http/dead-letters/dead-letter-dtos.js';
import { originForm } from '../../src/interfaces/http/server/request-checks.js';
import { decodeProgress, encodeProgress } from '../../packages/delivery/src/engine/commit-metadata.js';
import { aDeadLetter, ORIGIN, REASONS } from '../../packages/delivery/src/contract/a-dead-letter.js';
import { anyDeadLetter } from '../../packages/delivery/test/support/any-dead-letter.js';
import { anyOrder } from '../support/any-order.js';

// Whatever arrives is decoded, or refused as documented. What was found once stands among the `examples`, for ever.

const RUNS = { numRuns: 1_000 };
const utf8 = new TextEncoder();
const bytes = (text: string) => utf8.encode(text);
const context = { messageId: 'm', correlationId: 'c' };

/** The message as a consumer gets it. */
function asReceived(order: Order): ReceivedMessage {
  const { key, value, headers } = encodeOrderSubmitted(order, context);
  const encoded = Object.entries(headers).map(([name, each]) => [name, bytes(String(each))] as const);
  return { key: bytes(String(key)), value, headers: Object.fromEntries(encoded) };
}

const anyBytes = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc.string({ unit: 'binary', maxLength: 100 }).map(bytes),
  fc.json().map(bytes),
);

/** Some of it cut out, put in, or put over what was there. */
const mutationsOf = (original: Uint8Array) =>
  fc
    .array(fc.tuple(fc.nat(original.length), fc.nat(4), fc.uint8Array({ maxLength: 4 })), { maxLength: 3 })
    .map((edits) =>
      edits.reduce(
        (all, [at, cut, put]) => Buffer.concat([all.subarray(0, at), put, all.subarray(at + cut)]),
        Buffer.from(original),
      ),
    );

const headersOf = (names: readonly string[]) =>
  fc
    .array(fc.tuple(fc.oneof(fc.constantFrom(...names, '__proto__', 'constructor'), fc.string()), anyBytes))
    .map((entries) => Object.fromEntries(entries));

const order = Order.place({ orderId: 'order-1', product: 'book', placedAt: new Date(0) });
const valid = asReceived(order);
const fields = { orderId: 'order-1', product: 'book', quantity: 1, placedAt: '2026-01-02T03:04:05.678Z' };
const withJson = (json: string): ReceivedMessage => ({ ...valid, value: bytes(json) });
const withFields = (changed: object) => withJson(JSON.stringify({ ...fields, ...changed }));

const anyMessage: fc.Arbitrary<ReceivedMessage> = fc.oneof(
  fc.record({
    key: fc.option(anyBytes),
    value: fc.option(anyBytes),
    headers: headersOf(['ce_type', 'x-correlation-id', 'x-redrive-count']),
  }),
  anyOrder.map(asReceived).chain((message) =>
    fc.record({
      key: mutationsOf(message.key ?? new Uint8Array()),
      value: mutationsOf(message.value ?? new Uint8Array()),
      headers: fc.constant(message.headers),
    }),
  ),
  fc
    .dictionary(fc.constantFrom(...Object.keys(fields)), fc.oneof(fc.jsonValue(), fc.date().map(String)))
    .map(withFields),
);

const MESSAGES: ReceivedMessage[] = [
  { key: null, value: null, headers: {} },
  { ...valid, key: bytes('\ufefforder-1') },
  { ...valid, value: Buffer.concat([bytes('\ufeff'), valid.value ?? new Uint8Array()]) },
  { ...valid, headers: Object.fromEntries([['__proto__', bytes('x')]]) },
  { ...valid, headers: { ce_type: bytes('x'.repeat(1_000_000)) } },
  withJson('['.repeat(65_536)),
  withJson(`${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`),
  withJson('{"__proto__":{"orderId":"order-1"}}'),
  withJson(JSON.stringify(fields).replace('1,', '1e400,')),
  withJson(JSON.stringify(fields).replace('"book"', '"\\ud800"')),
  withFields({ [`${'x'.repeat(63)}😀`]: 1 }),
  withFields({ quantity: -0 }),
  withFields({ product: ' '.repeat(60_000) }),
  ...[
    '2026-01-02',
    '2026-1-2',
    '2026-01-02T03:04:05',
    '2026-01-02 (or so)',
    '2026-02-30T00:00:00Z',
    '2026-02-32T00:00:00Z',
    '0000-01-01T00:00:00+14:00',
    '9999-12-31T23:59:59-23:59',
    `2026-01-02T03:04:05.${'0'.repeat(60_000)}Z`,
  ].map((placedAt) => withFields({ placedAt })),
];
const messages = { ...RUNS, examples: MESSAGES.map((message): [ReceivedMessage] => [message]) };

describe('a message from the log', () => {
  it('is an order that could have been sent here, or refused in a few words', () => {
    const decoded = (message: ReceivedMessage) => {
      try {
        return decodeOrderSubmitted(message);
      } catch (error) {
        if (!(error instanceof UndecodableMessage || error instanceof InvalidMessage)) throw error;
        return error;
      }
    };
    fc.assert(
      fc.property(anyMessage, (message) => {
        const result = decoded(message);
        if (result instanceof Order) {
          expect(decodeOrderSubmitted(asReceived(result)).state).toEqual(result.state);
          expect(message.key).toEqual(Buffer.from(result.id));
        } else {
          expect(result.message.length).toBeLessThan(200);
        }
      }),
      messages,
    );
  });

  it('has a key, a short correlation id, and a count of redrives', () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        expect(typeof keyText(message)).toBe(message.key === null ? 'undefined' : 'string');
        expect((readCorrelationId(message) ?? '').length).toBeLessThanOrEqual(128);
        const count = readRedriveCount(message);
        expect(Number.isInteger(count) && count >= 0 && count < 1e9).toBe(true);
      }),
      messages,
    );
  });
});

describe('a record among the dead letters', () => {
  const names = Object.keys({ ...encodeDeadLetter(aDeadLetter()).headers, 'x-mark': 1, 'x-kept-x-mark': 1 });
  const mutatedHeaders = fc
    .oneof(anyDeadLetter.map(encodeDeadLetter), fc.constant(encodeResolution(ORIGIN, 'redriven')))
    .chain(({ headers }) =>
      fc
        .dictionary(
          fc.constantFrom(...Object.keys(headers)),
          fc.oneof(anyBytes, mutationsOf(bytes('9999-12-31'))),
        )
        .map((changed) => ({ ...headers, ...changed })),
    );
  const changed = (name: string, value: string) => ({
    ...encodeDeadLetter(aDeadLetter()).headers,
    [name]: bytes(value),
  });

  it('is a letter that is written as it was read and can be shown, or a mark, or neither', () => {
    fc.assert(
      fc.property(fc.oneof(headersOf(names), mutatedHeaders), fc.option(anyBytes), (headers, value) => {
        const letter = decodeDeadLetter({ key: null, value, headers }, REASONS);
        if (letter === undefined) {
          const origin = decodeResolution({ key: null, value, headers });
          if (origin !== undefined)
            expect(decodeResolution(encodeResolution(origin, 'discarded'))).toEqual(origin);
        } else {
          expect(decodeDeadLetter(encodeDeadLetter(letter), REASONS)).toEqual(letter);
          expect(JSON.stringify(deadLetterView(letter))).toContain(letter.origin.offset);
        }
      }),
      {
        ...RUNS,
        examples: [
          [Object.fromEntries([['__proto__', bytes('x')]]), null],
          [{ ...encodeDeadLetter(aDeadLetter()).headers, 'x-kept-': bytes('') }, null],
          [changed('x-kept-x-kept-x-mark', 'redriven'), null],
          [changed('x-original-timestamp', '-0'), null],
          [changed('x-original-timestamp', '8640000000000001'), null],
          [changed('x-attempts', '9'.repeat(16)), null],
          [changed('x-first-failure-at', '2025-02-30T00:00:00Z'), null],
          [changed('x-error-message', `${'x'.repeat(511)}😀`), null],
          [changed('x-original-topic', '\ufeff\u2028\0'), null],
        ],
      },
    );
  });
});

describe('the metadata of a commit', () => {
  const position = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n });
  const progress = encodeProgress(10n, {
    done: [{ from: 11n, to: 15n }],
    spent: [[10n, { attempts: 2, firstAt: Date.parse('2026-01-02') }]],
  });
  const anyMetadata = fc.oneof(
    fc.string({ maxLength: 5_000 }),
    fc.stringMatching(/^1;([0-9a-z]{1,11}\+[0-9a-z]{1,11},){0,3};([0-9a-z]{1,11}\.?){0,7}$/),
    mutationsOf(bytes(progress)).map(String),
  );

  it('says what is done in ascending order, and attempts that a dead letter can tell', () => {
    fc.assert(
      fc.property(position, anyMetadata, (at, metadata) => {
        const { done, spent } = decodeProgress(at, metadata);
        let last = at;
        for (const { from, to } of done) {
          expect(from >= last && to >= from).toBe(true);
          last = to;
        }
        for (const { attempts, firstAt } of spent.values()) {
          const letter = aDeadLetter({}, { attempts, firstFailureAt: new Date(firstAt) });
          expect(decodeDeadLetter(encodeDeadLetter(letter), REASONS)).toEqual(letter);
        }
      }),
      {
        ...RUNS,
        examples: [
          [0n, '1;0+0,0+0;0.0.0'],
          [0n, `1;${'zzzzzzzzzz+zzzzzzzzzz,'.repeat(180)}1+1;`],
          [2n ** 63n - 1n, '1;zzzzzzzzzz+zzzzzzzzzz;'],
          [0n, '1;;0.zzzzzzzzzz.0'],
          [0n, '1;;0.1.zzzzzzzzzz'],
          [0n, '1;'.padEnd(1_000_000, '1+1,')],
        ],
      },
    );
  });
});

describe('a request', () => {
  it('passes on a trace context only if it is one', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.stringMatching(/^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}\n?$/)),
        (text) => {
          expect([undefined, text]).toContain(validTraceparent(text));
          expect(validTraceparent(text) ?? '').toMatch(/^(|(?!ff)[0-9a-f-]{55})$/);
          expect(validTraceparent(text) ?? '').not.toMatch(/-(0{32}|0{16})-/);
        },
      ),
      {
        ...RUNS,
        examples: [
          [`00-${'0'.repeat(32)}-b7ad6b7169203331-01`],
          [`ff-${'1'.repeat(32)}-b7ad6b7169203331-01`],
        ],
      },
    );
  });

  it('has a target that begins with a slash, or is at no path', () => {
    const character = fc.integer({ min: 0x21, max: 0xff }).map((code) => String.fromCharCode(code));
    const start = fc.constantFrom('', '/', '//', '*', 'http:', 'http://', 'HTTPS://a', 'x:http://[');
    fc.assert(
      fc.property(start, fc.string({ unit: character }), (before, rest) => {
        expect(originForm(before + rest)).toMatch(/^(\/|\*$)/);
      }),
      {
        ...RUNS,
        examples: [
          ['http://[', ''],
          ['http://', 'a:99999/'],
          ['http://', 'service'],
          ['', ''],
        ],
      },
    );
  });
});
