import { expect, it } from '@jest/globals';
import { Order } from '../../../../src/domain/order/order.js';
import { deadLetterView } from '../../../../src/interfaces/http/dead-letters/dead-letter-dtos.js';
import { Readiness } from '../../../../src/interfaces/http/health/readiness.js';
import { foundOrderView, orderView } from '../../../../src/interfaces/http/orders/order-dtos.js';
import { aDeadLetter } from '../../../support/a-dead-letter.js';
import { aPendingOrder } from '../../../support/stub-pending-orders.js';

/** As if a port had got a new field. */
const NEW_FIELD = { internal: 'secret' };
const order = Order.place({ orderId: 'a-1', product: 'tea', placedAt: new Date(0) }).process(new Date(1));
const delivery = { replica: 'r1', topic: 't', partition: 0, offset: '1', attempt: 1 };
const deadLetter = aDeadLetter();

it.each<[string, () => unknown]>([
  ['an order', () => orderView({ order: Order.restore({ ...order.state, ...NEW_FIELD }), delivery })],
  ['a delivery', () => orderView({ order, delivery: { ...delivery, ...NEW_FIELD } })],
  ['a stored order', () => orderView({ order, delivery, ...NEW_FIELD })],
  ['a pending order', () => foundOrderView({ ...aPendingOrder(), ...NEW_FIELD })],
  ['a dead letter', () => deadLetterView({ ...deadLetter, ...NEW_FIELD })],
  ['an origin', () => deadLetterView({ ...deadLetter, origin: { ...deadLetter.origin, ...NEW_FIELD } })],
  ['a message', () => deadLetterView({ ...deadLetter, message: { ...deadLetter.message, ...NEW_FIELD } })],
  [
    'a dependency',
    () => {
      const check = () => Promise.resolve({ status: 'up' as const, ...NEW_FIELD });
      return new Readiness(() => [{ check: { name: 'broker', check }, required: true }]).report();
    },
  ],
])('a new field of %s is not published', async (_what, view) => {
  expect(JSON.stringify(await view())).not.toMatch(/internal|secret/);
});
