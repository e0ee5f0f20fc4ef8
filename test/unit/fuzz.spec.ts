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
import { decodeDeadLetter } from '../../packages/delivery/src/kafka/dead-letter-record.js';
import { validTraceparent } from '../../src/application/messages/trace-context.js';
import { deadLetterView } from '../../src/interfaces/http/dead-letters/dead-letter-dtos.js';
import { originForm } from '../../src/interfaces/http/server/request-checks.js';
import { REASONS } from '../../packages/delivery/src/contract/a-dead-letter.js';
import { anyBytes, anyHeaders, anyMutation } from '../../packages/delivery/test/support/any-bytes.js';
import {
  anyDeadLetterHeaders,
  MISREAD_DEAD_LETTERS,
} from '../../packages/delivery/test/support/any-dead-letter-headers.js';
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

const order = Order.place({ orderId: 'order-1', product: 'book', placedAt: new Date(0) });
const valid = asReceived(order);
const fields = { orderId: 'order-1', product: 'book', quantity: 1, placedAt: '2026-01-02T03:04:05.678Z' };
const withJson = (json: string): ReceivedMessage => ({ ...valid, value: bytes(json) });
const withFields = (changed: object) => withJson(JSON.stringify({ ...fields, ...changed }));

const anyMessage: fc.Arbitrary<ReceivedMessage> = fc.oneof(
  fc.record({
    key: fc.option(anyBytes),
    value: fc.option(anyBytes),
    headers: anyHeaders(['ce_type', 'x-correlation-id', 'x-redrive-count']),
  }),
  anyOrder.map(asReceived).chain((message) =>
    fc.record({
      key: anyMutation(message.key ?? new Uint8Array()),
      value: anyMutation(message.value ?? new Uint8Array()),
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

describe('a dead letter', () => {
  it('can be shown, whoever wrote its record', () => {
    fc.assert(
      fc.property(anyDeadLetterHeaders, fc.option(anyBytes), (headers, value) => {
        const deadLetter = decodeDeadLetter({ key: null, value, headers }, REASONS);
        if (deadLetter !== undefined)
          expect(JSON.stringify(deadLetterView(deadLetter))).toContain(deadLetter.origin.offset);
      }),
      { ...RUNS, examples: MISREAD_DEAD_LETTERS },
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
