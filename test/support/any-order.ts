import fc from 'fast-check';
import { Order } from '../../src/domain/order/order.js';

/** Any valid order, for property tests. */
export const anyOrder = fc
  .record({
    orderId: fc.stringMatching(/^[A-Za-z0-9._:-]{1,64}$/),
    owner: fc.option(fc.stringMatching(/^[\x21-\x7e]{1,128}$/), { nil: undefined }),
    product: fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
      .filter((text) => text.trim() !== '' && !/\p{Cc}/u.test(text) && Array.from(text.trim()).length <= 200),
    quantity: fc.integer({ min: 1, max: 1_000_000 }),
    placedAt: fc.date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true }),
  })
  .map((values) => Order.place(values));
