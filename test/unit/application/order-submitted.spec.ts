import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  readCorrelationId,
  decodeOrderSubmitted,
  encodeOrderSubmitted,
  ORDER_SUBMITTED_TYPE,
  type ReceivedMessage,
} from '../../../src/application/messages/order-submitted.js';
import { Order } from '../../../src/domain/order/order.js';
import { anyOrder } from '../../support/any-order.js';

const utf8 = new TextEncoder();
const order = Order.place({
  orderId: 'order-1',
  product: 'Müsli',
  quantity: 3,
  placedAt: new Date('2026-01-02T03:04:05.678Z'),
});
const encoded = encodeOrderSubmitted(order, { messageId: 'message-1', correlationId: 'correlation-1' });

/** The message as a consumer gets it: everything is bytes. */
function received(change: Partial<ReceivedMessage> = {}): ReceivedMessage {
  const headers = Object.entries(encoded.headers).map(([name, value]) => [name, bytes(value)] as const);
  return {
    key: keyBytes(encoded.key),
    value: encoded.value,
    headers: Object.fromEntries(headers),
    ...change,
  };
}

function bytes(value: string | Uint8Array): Uint8Array {
  return typeof value === 'string' ? utf8.encode(value) : value;
}

function keyBytes(key: string | Uint8Array | null): Uint8Array | null {
  return key === null ? null : bytes(key);
}

const json = (value: unknown) => received({ value: utf8.encode(JSON.stringify(value)) });
const fields = { orderId: 'order-1', product: 'Müsli', quantity: 3, placedAt: '2026-01-02T03:04:05.678Z' };

describe('an order on the wire', () => {
  it('is plain JSON under its id, described by CloudEvents headers', () => {
    expect(encoded.key).toBe('order-1');
    expect(JSON.parse(new TextDecoder().decode(encoded.value))).toEqual(fields);
    expect(encoded.headers).toEqual({
      ce_specversion: '1.0',
      ce_id: 'message-1',
      ce_source: '/order-service',
      ce_type: 'app.order.submitted.v1',
      ce_time: '2026-01-02T03:04:05.678Z',
      'content-type': 'application/json',
      'x-correlation-id': 'correlation-1',
    });
  });

  it('has its owner in a header and before its id in the key, and the value is the same', () => {
    const owned = Order.place({ ...order.state, owner: 'shop' });
    const message = encodeOrderSubmitted(owned, { messageId: 'message-1', correlationId: 'correlation-1' });

    expect(message).toEqual({
      key: 'shop/order-1',
      value: encoded.value,
      headers: { ...encoded.headers, ce_owner: 'shop' },
    });
  });

  it('has the trace context when there is one', () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const context = { messageId: 'message-1', correlationId: 'correlation-1', traceparent };
    expect(encodeOrderSubmitted(order, context).headers).toMatchObject({ traceparent });
  });

  it('is decoded to the same order', () => {
    fc.assert(
      fc.property(anyOrder, (each) => {
        const { key, value, headers } = encodeOrderSubmitted(each, { messageId: 'm', correlationId: 'c' });
        const encoded = Object.entries(headers).map(([name, header]) => [name, bytes(header)] as const);
        const back = decodeOrderSubmitted({
          key: keyBytes(key),
          value,
          headers: Object.fromEntries(encoded),
        });
        expect(back.state).toEqual(each.state);
      }),
    );
  });

  it('says its correlation id, if it has one', () => {
    expect(readCorrelationId(received())).toBe('correlation-1');
    expect(readCorrelationId(received({ headers: {} }))).toBeUndefined();
    const long = utf8.encode('x'.repeat(100_000));
    expect(readCorrelationId(received({ headers: { 'x-correlation-id': long } }))).toBe('x'.repeat(128));
  });
});

describe('a message that is not an order', () => {
  it.each([
    [
      'without a type',
      received({ headers: {} }),
      "the header ce_type is '', expected 'app.order.submitted.v1'",
    ],
    [
      'of an unknown version',
      received({ headers: { ce_type: utf8.encode('app.order.submitted.v2') } }),
      "the header ce_type is 'app.order.submitted.v2', expected 'app.order.submitted.v1'",
    ],
    ['without a value', received({ value: null }), 'the message has no value'],
    ['that is empty', received({ value: new Uint8Array() }), 'the value is not JSON in UTF-8'],
    ['that is not JSON', received({ value: utf8.encode('{') }), 'the value is not JSON in UTF-8'],
    [
      'that is not UTF-8',
      received({ value: Uint8Array.of(0x22, 0xff, 0x22) }),
      'the value is not JSON in UTF-8',
    ],
    [
      'that is too big',
      received({ value: new Uint8Array(65_537) }),
      'the value has 65537 bytes, the limit is 65536',
    ],
    ['that is an array', json([]), 'the value is not a JSON object'],
    ['that is null', json(null), 'the value is not a JSON object'],
    ['that is a string', json('order-1'), 'the value is not a JSON object'],
    ['with a field more', json({ ...fields, colour: 'red' }), "the value has an unknown field 'colour'"],
    [
      'with a __proto__',
      received({ value: utf8.encode('{"__proto__":{"orderId":"order-1"}}') }),
      "the value has an unknown field '__proto__'",
    ],
    [
      'that is too deep',
      received({ value: utf8.encode(`{"product":${'['.repeat(30_000)}${']'.repeat(30_000)}}`) }),
      'orderId is not a string',
    ],
    ['without an id', json({ ...fields, orderId: undefined }), 'orderId is not a string'],
    ['with a product that is a number', json({ ...fields, product: 1 }), 'product is not a string'],
    ['with quantity as a string', json({ ...fields, quantity: '3' }), 'quantity is not a number'],
    ['without a time', json({ ...fields, placedAt: undefined }), 'placedAt is not a time in ISO 8601'],
    [
      'with a time after the year 9999',
      json({ ...fields, placedAt: '+012345-01-01T00:00:00Z' }),
      'placedAt is not a time in ISO 8601',
    ],
    [
      'with a time that is after the year 9999 elsewhere',
      json({ ...fields, placedAt: '9999-12-31T23:59:59-23:59' }),
      'placedAt is not a time in ISO 8601',
    ],
    [
      'with a time in no zone',
      json({ ...fields, placedAt: '2026-01-02T03:04:05' }),
      'placedAt is not a time in ISO 8601',
    ],
    [
      'with a day that there is not',
      json({ ...fields, placedAt: '2026-02-30T00:00:00Z' }),
      'placedAt is not a time in ISO 8601',
    ],
    [
      'with words after the time',
      json({ ...fields, placedAt: '2026-01-02 (or so)' }),
      'placedAt is not a time in ISO 8601',
    ],
    ['with a time that is none', json({ ...fields, placedAt: 'soon' }), 'placedAt is not a time in ISO 8601'],
    ['without a key', received({ key: null }), 'the key of the message is not its orderId'],
    [
      'under the key of another',
      received({ key: utf8.encode('order-2') }),
      'the key of the message is not its orderId',
    ],
    [
      'under its key with a byte order mark',
      received({ key: utf8.encode('\ufefforder-1') }),
      'the key of the message is not its orderId',
    ],
    [
      'of a type that has no end',
      received({ headers: { ce_type: utf8.encode('x'.repeat(100_000)) } }),
      `the header ce_type is '${'x'.repeat(64)}', expected 'app.order.submitted.v1'`,
    ],
  ])('%s is undecodable', (_what, message, says) => {
    expect(() => decodeOrderSubmitted(message)).toThrow(
      expect.objectContaining({ code: 'MESSAGE.UNDECODABLE', message: says }),
    );
  });

  it('with a value that breaks a rule of the order is invalid, and says which', () => {
    expect(() => decodeOrderSubmitted(json({ ...fields, quantity: 0 }))).toThrow(
      expect.objectContaining({
        code: 'MESSAGE.INVALID',
        message: 'quantity must be a whole number from 1 to 1000000',
      }),
    );
  });

  it.each([
    ['another client’s', 'desk', 'shop/order-1', 'its owner, a slash and its orderId'],
    ['a client’s under a key that is nobody’s', 'shop', 'order-1', 'its owner, a slash and its orderId'],
    ['nobody’s under a key that is a client’s', undefined, 'shop/order-1', 'its orderId'],
  ])('is not taken for %s', (_whose, owner, key, expected) => {
    const { headers } = received();
    const own = owner === undefined ? headers : { ...headers, ce_owner: utf8.encode(owner) };
    expect(() => decodeOrderSubmitted(received({ key: utf8.encode(key), headers: own }))).toThrow(
      expect.objectContaining({
        code: 'MESSAGE.UNDECODABLE',
        message: `the key of the message is not ${expected}`,
      }),
    );
  });

  it('with an owner that can’t be one is invalid', () => {
    const headers = { ...received().headers, ce_owner: utf8.encode('a b') };
    expect(() => decodeOrderSubmitted(received({ key: utf8.encode('a b/order-1'), headers }))).toThrow(
      expect.objectContaining({
        code: 'MESSAGE.INVALID',
        message: 'owner must be 1 to 128 visible ASCII characters',
      }),
    );
  });

  it('fails in one of these two ways, whatever its bytes are', () => {
    const type = { ce_type: utf8.encode(ORDER_SUBMITTED_TYPE) };
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.json().map((text) => utf8.encode(text)),
        ),
        (value) => {
          expect(() => decodeOrderSubmitted({ key: utf8.encode('order-1'), value, headers: type })).toThrow(
            expect.objectContaining({ code: 'MESSAGE.UNDECODABLE' }),
          );
        },
      ),
    );
  });
});
