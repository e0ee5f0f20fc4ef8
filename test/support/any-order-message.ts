import fc from 'fast-check';
import {
  encodeOrderSubmitted,
  type ReceivedMessage,
} from '../../src/application/messages/order-submitted.js';
import type { EncodedMessage } from '../../src/application/ports/message-publisher.js';
import { anyBytes, anyHeaders, anyMutation } from '../../packages/delivery/test/support/any-bytes.js';
import { anyOrder } from './any-order.js';

const utf8 = new TextEncoder();
const bytes = (value: string | Uint8Array) => (typeof value === 'string' ? utf8.encode(value) : value);
export const CONTEXT = {
  messageId: '01946983-4c40-7c12-8f3b-6d1e2a905c47',
  correlationId: 'c-1',
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
};

/** The message as a consumer gets it: everything is bytes. */
function received({ key, value, headers }: EncodedMessage): ReceivedMessage {
  return {
    key: key === null ? null : bytes(key),
    value,
    headers: Object.fromEntries(Object.entries(headers).map(([name, each]) => [name, bytes(each)])),
  };
}

/** As the service publishes it. */
export const anySent = anyOrder.map((order) => received(encodeOrderSubmitted(order, CONTEXT)));

const padded = (max: number, digits: number) =>
  fc.nat(max).map((number) => String(number).padStart(digits, '0'));
const anyYear = fc.oneof(
  fc.constantFrom('0000', '0001', '1900', '2000', '2023', '2024', '2100', '9998', '9999'),
  padded(9_999, 4),
);
/** A time as a producer may write it, right or wrong. */
export const anyTime = fc
  .tuple(
    fc.tuple(anyYear, fc.oneof(padded(13, 2), fc.constant('02')), fc.oneof(padded(33, 2), padded(12, 2))),
    fc.tuple(fc.oneof(padded(25, 2), fc.constant('24')), fc.oneof(padded(61, 2), fc.constant('00'))),
    fc.oneof(fc.constantFrom('', ':00', ':00.0', ':59.999999999', ':00.0000000000', ':60'), padded(61, 2)),
    fc.oneof(
      fc.constantFrom('Z', '', 'z', '+00:00', '-00:00', '+14:00', '-23:59', '+24:00', '+0100', ' +01:00'),
      fc
        .tuple(fc.constantFrom('+', '-'), padded(25, 2), padded(61, 2))
        .map(([sign, h, m]) => `${sign}${h}:${m}`),
    ),
  )
  .map(([date, time, seconds, zone]) => `${date.join('-')}T${time.join(':')}${seconds}${zone}`);
const anyText = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...Array.from('\t\n\0\x7f\x85\x9f \u00a0\u2003\u2028\u3000\ufeffx😀'),
        '\ud800',
        '\udc00',
      ),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    ),
    { maxLength: 8 },
  )
  .map((characters) => characters.join(''));
const anyProduct = fc.oneof(
  anyText,
  fc
    .tuple(anyText, fc.integer({ min: 195, max: 205 }), fc.constantFrom('x', '😀', ' '), anyText)
    .map(([before, count, unit, after]) => before + unit.repeat(count) + after),
);

/** Of each field some values that are just right, and some that are just wrong. */
const FIELDS = {
  orderId: fc.oneof(
    fc.stringMatching(/^[A-Za-z0-9._:-]{1,64}$/),
    fc.constantFrom('', '.', 'x'.repeat(65), 'a b', 'ä', 'a\n'),
  ),
  product: anyProduct,
  quantity: fc.oneof(
    fc.integer({ min: -1, max: 3 }),
    fc.integer({ min: 999_999, max: 1_000_001 }),
    fc.constantFrom(1.5, -0, 1e300),
  ),
  placedAt: fc.oneof(anyTime, fc.date().map(String)),
};
const FIRST = { orderId: 'order-1', product: 'book', quantity: 1, placedAt: '2026-01-02T03:04:05.678Z' };
const keyIn = ({ headers: { ce_owner: owner } }: ReceivedMessage, orderId: string) =>
  bytes(owner === undefined ? orderId : `${String(Buffer.from(owner))}/${orderId}`);
const changedIn = (message: ReceivedMessage, fields: object): ReceivedMessage => ({
  ...message,
  ...('orderId' in fields && typeof fields.orderId === 'string' && { key: keyIn(message, fields.orderId) }),
  value: bytes(JSON.stringify(fields)),
});

/** A message as any producer may write it, right or wrong in one point mostly. */
export const anyMessage: fc.Arbitrary<ReceivedMessage> = anySent.chain((sent) => {
  const ofItsKey = { ...sent, key: keyIn(sent, FIRST.orderId) };
  return fc.oneof(
    fc.constant(sent),
    // one field is another
    ...Object.entries(FIELDS).map(([name, any]) =>
      any.map((value) => changedIn(ofItsKey, { ...FIRST, [name]: value })),
    ),
    // fields of other types, and too many or too few of them
    fc
      .dictionary(fc.oneof(fc.constantFrom(...Object.keys(FIRST)), fc.string()), fc.jsonValue())
      .map((changed) => changedIn(ofItsKey, { ...FIRST, ...changed })),
    fc.subarray(Object.entries(FIRST)).map((entries) => changedIn(ofItsKey, Object.fromEntries(entries))),
    fc.record({
      key: fc.constant(sent.key),
      value: anyMutation(sent.value ?? bytes('')),
      headers: fc.constant(sent.headers),
    }),
    fc.record({
      key: fc.option(anyBytes),
      value: fc.constant(sent.value),
      headers: fc.constant(sent.headers),
    }),
    fc.record({ key: fc.option(anyBytes), value: fc.option(anyBytes), headers: fc.constant(sent.headers) }),
    fc
      .oneof(anyHeaders(['ce_type', 'ce_id', 'ce_owner', 'x-redrive-count']), fc.constant({}))
      .map((headers) => ({ ...sent, headers })),
    anyHeaders(['ce_id', 'ce_time', 'x-redrive-count']).map((others) => ({
      ...sent,
      headers: { ...others, ce_type: bytes('app.order.submitted.v1') },
    })),
  );
});

const withOwner = (owner: string, key: string): ReceivedMessage => {
  const { value, headers } = withField({});
  return { key: bytes(key), value, headers: { ...headers, ce_owner: bytes(owner) } };
};
const withValue = (value: string): ReceivedMessage => ({
  key: bytes('order-1'),
  value: bytes(value),
  headers: { ce_type: bytes('app.order.submitted.v1') },
});
export const withField = (fields: object) => withValue(JSON.stringify({ ...FIRST, ...fields }));
/** Found once, or at a limit. */
export const MESSAGES = [
  withField({}),
  withOwner('shop', 'shop/order-1'),
  withOwner('shop', 'desk/order-1'),
  withOwner('shop', 'order-1'),
  withOwner('', '/order-1'),
  withOwner('a b', 'a b/order-1'),
  withOwner('x'.repeat(128), `${'x'.repeat(128)}/order-1`),
  withOwner('x'.repeat(129), `${'x'.repeat(129)}/order-1`),
  withField({ product: `${' '.repeat(60_000)}x` }),
  withField({ product: `${' '.repeat(70_000)}x` }),
  withField({ placedAt: '2024-02-29T24:00Z' }),
  withField({ placedAt: '2023-02-29T00:00Z' }),
  withField({ placedAt: '0001-01-01T00:00:00+23:59' }),
  withField({ placedAt: '9998-12-31T23:59:59-23:59' }),
  withValue('{"__proto__":{"orderId":"order-1"}}'),
  withValue(JSON.stringify(FIRST).replace('{', '{"__proto__":1,')),
  withValue(JSON.stringify(FIRST).replace(':1,', ':1.0e0,')),
  withValue(JSON.stringify(FIRST).replace(':1,', ':1e400,')),
  withValue(JSON.stringify(FIRST).replace('"quantity"', '"quantity":0,"quantity"')),
  withValue(`\ufeff${JSON.stringify(FIRST)}`),
].map((message): [ReceivedMessage] => [message]);
