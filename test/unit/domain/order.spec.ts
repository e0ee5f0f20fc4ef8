import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  ConflictingContent,
  IllegalTransition,
  InvalidOrderId,
  InvalidOwner,
} from '../../../src/domain/order/order-errors.js';
import { OrderId } from '../../../src/domain/order/order-id.js';
import { Order } from '../../../src/domain/order/order.js';
import { anyOrder } from '../../support/any-order.js';

const PLACED_AT = new Date('2026-01-02T03:04:05.678Z');
const LATER = new Date('2026-01-02T03:04:09.000Z');
const place = (order: Partial<Parameters<typeof Order.place>[0]> = {}) =>
  Order.place({ orderId: 'order-1', product: 'Espresso machine', placedAt: PLACED_AT, ...order });

describe('placing an order', () => {
  it('keeps what was ordered, trimmed, with quantity 1 by default', () => {
    expect(place({ product: '  Espresso machine\n' }).state).toEqual({
      orderId: 'order-1',
      product: 'Espresso machine',
      quantity: 1,
      placedAt: PLACED_AT,
      status: 'placed',
    });
  });

  it.each(['a', 'A-Z.a_z:0-9', 'x'.repeat(64)])('accepts the id %j', (orderId) => {
    expect(place({ orderId }).id).toBe(orderId);
  });

  it.each(['', ' ', 'x'.repeat(65), 'a b', 'a/b', 'ä', 'a\n', 'a\0'])(
    'does not accept the id %j',
    (orderId) => {
      expect(() => place({ orderId })).toThrow(InvalidOrderId);
      expect(() => place({ orderId })).toThrow(
        expect.objectContaining({
          code: 'ORDER.INVALID_ID',
          field: 'orderId',
          message: 'must be 1 to 64 of the characters A-Z a-z 0-9 . _ : -',
        }),
      );
    },
  );

  it('is the same order under an id for one owner alone', () => {
    const ids = [undefined, 'shop', 'shop/b', 'desk'].map((owner) => place({ owner }).id);
    expect(ids).toEqual(['order-1', 'shop/order-1', 'shop/b/order-1', 'desk/order-1']);
    expect(ids.map((id) => OrderId.parts(id))).toEqual([
      { orderId: 'order-1' },
      { orderId: 'order-1', owner: 'shop' },
      { orderId: 'order-1', owner: 'shop/b' },
      { orderId: 'order-1', owner: 'desk' },
    ]);
  });

  it.each(['', 'a b', 'ä', 'x'.repeat(129), 'a\n'])('does not accept the owner %j', (owner) => {
    expect(() => place({ owner })).toThrow(InvalidOwner);
    expect(() => place({ owner })).toThrow(
      expect.objectContaining({
        code: 'ORDER.INVALID_OWNER',
        field: 'owner',
        message: 'must be 1 to 128 visible ASCII characters',
      }),
    );
  });

  it.each([1, 2, 1_000_000])('accepts quantity %d', (quantity) => {
    expect(place({ quantity }).state.quantity).toBe(quantity);
  });

  it.each([0, -1, 1.5, 1_000_001, NaN, Infinity])('does not accept quantity %d', (quantity) => {
    expect(() => place({ quantity })).toThrow(
      expect.objectContaining({
        code: 'ORDER.INVALID_QUANTITY',
        field: 'quantity',
        message: 'must be a whole number from 1 to 1000000',
      }),
    );
  });

  it.each(['x', 'x'.repeat(200), '😀'.repeat(200), `  ${'x'.repeat(200)}  `, 'Müsli – 1½ kg'])(
    'accepts the product %j',
    (product) => {
      expect(place({ product }).state.product).toBe(product.trim());
    },
  );

  it.each([
    ['empty', '', 'must not be empty'],
    ['blank', ' \t\n', 'must not be empty'],
    ['of 201 characters', 'x'.repeat(201), 'must have at most 200 characters'],
    ['of 201 characters of two units each', '😀'.repeat(201), 'must have at most 200 characters'],
    ['of 100,000 characters', 'x'.repeat(100_000), 'must have at most 200 characters'],
    ['with a NUL', 'a\0b', 'must not contain control characters'],
    ['with a line break inside', 'a\nb', 'must not contain control characters'],
    ['with a C1 control', 'a\u0085b', 'must not contain control characters'],
    ['with half a surrogate pair', 'a\ud800b', 'must be well-formed Unicode: it has half a character'],
  ])('does not accept a product that is %s', (_what, product, message) => {
    expect(() => place({ product })).toThrow(
      expect.objectContaining({ code: 'ORDER.INVALID_PRODUCT', field: 'product', message }),
    );
  });
});

describe('processing an order', () => {
  it('makes it processed, at a time', () => {
    expect(place().process(LATER).state).toMatchObject({ status: 'processed', completedAt: LATER });
  });

  it('makes it rejected, at a time and for a reason', () => {
    const { state } = place().reject('sold out', LATER);
    expect(state).toMatchObject({ status: 'rejected', completedAt: LATER, rejectionReason: 'sold out' });
  });

  it('leaves the placed order as it was', () => {
    const order = place();
    order.process(LATER);
    expect(order.state.status).toBe('placed');
  });

  it('completes it when it is processed or rejected, not when it is parked', () => {
    const orders = [place(), place().park(), place().process(LATER), place().reject('sold out', LATER)];
    expect(orders.map((order) => order.isCompleted)).toEqual([false, false, true, true]);
  });

  it.each([
    ['processed', () => place().process(LATER)],
    ['rejected', () => place().reject('sold out', LATER)],
  ])('is not allowed for an order that is %s', (status, make) => {
    const order = make();
    expect(() => order.process(LATER)).toThrow(new IllegalTransition(order.state.status, 'processed'));
    expect(() => order.reject('x', LATER)).toThrow(
      expect.objectContaining({
        code: 'ORDER.ILLEGAL_TRANSITION',
        message: `an order that is ${status} can't become rejected`,
      }),
    );
  });
});

describe('parking an order', () => {
  it('makes it parked, without a time of completion', () => {
    expect(place().park().state).toEqual({ ...place().state, status: 'parked' });
  });

  it('allows processing it later', () => {
    const parked = place().park();
    expect(parked.process(LATER)).toEqual(place().process(LATER));
    expect(parked.reject('sold out', LATER)).toEqual(place().reject('sold out', LATER));
  });

  it.each([
    ['processed', () => place().process(LATER)],
    ['rejected', () => place().reject('sold out', LATER)],
    ['parked', () => place().park()],
  ])('is not allowed for an order that is %s', (status, make) => {
    const order = make();
    expect(() => order.park()).toThrow(`an order that is ${status} can't become parked`);
  });
});

describe('the identity of an order', () => {
  it('is the same order with the same product and quantity, whenever it was placed', () => {
    expect(place({ product: ' Espresso machine ', placedAt: LATER }).hasSameContentAs(place())).toBe(true);
  });

  it.each([{ product: 'Coffee grinder' }, { quantity: 2 }])('is another order with %j', (other) => {
    expect(place(other).hasSameContentAs(place())).toBe(false);
  });

  it('depends on nothing but the trimmed product and the quantity, whatever they are', () => {
    const blanks = fc.stringMatching(/^[ \t\n]{0,3}$/);
    fc.assert(
      fc.property(anyOrder, anyOrder, blanks, (one, other, blank) => {
        const { product, quantity } = one.state;
        expect(place({ product: blank + product + blank, quantity }).hasSameContentAs(one)).toBe(true);
        const same = product === other.state.product && quantity === other.state.quantity;
        expect(other.hasSameContentAs(one)).toBe(same);
        expect(one.hasSameContentAs(other)).toBe(same);
      }),
    );
  });

  it('is kept when it is restored', () => {
    const order = place().process(LATER);
    expect(Order.restore(order.state).state).toEqual(order.state);
  });
});

describe('an error of the domain', () => {
  it('says what it is', () => {
    const error = new ConflictingContent('order-1');
    expect(error).toMatchObject({
      name: 'ConflictingContent',
      code: 'ORDER.CONFLICTING_CONTENT',
      field: 'orderId',
      orderId: 'order-1',
    });
    expect(error.message).toBe("order 'order-1' exists already with another product or quantity");
  });
});
