import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { OrderId } from '../../../src/domain/order/order-id.js';
import { UuidGenerator } from '../../../src/infrastructure/system/uuid-generator.js';

const ids = new UuidGenerator();

describe('a new id', () => {
  it('is a UUIDv7, unique, and a valid order id', () => {
    const made = Array.from({ length: 1_000 }, () => ids.next());
    expect(new Set(made).size).toBe(1_000);
    for (const id of made)
      expect(OrderId.of(id)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});

describe('an id that is derived from a key', () => {
  it('is a UUIDv8 and a valid order id', () => {
    expect(OrderId.of(ids.derivedFrom('checkout-42'))).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
  });

  it('is the same on every machine and in every release', () => {
    expect(ids.derivedFrom('checkout-42')).toBe('44d231ab-6c82-8d05-b5ff-751d842a0662');
  });

  it('is the same for the same key, and another for another', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, other) => {
        expect(ids.derivedFrom(one) === ids.derivedFrom(other)).toBe(one === other);
      }),
    );
  });
});
