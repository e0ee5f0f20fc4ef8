import { describe, expect, it } from '@jest/globals';
import type { RecordStanding } from '@order-service/delivery';
import { PendingOrdersUnavailable } from '../../../../src/application/ports/pending-orders.js';
import { OrderId } from '../../../../src/domain/order/order-id.js';
import { DeliveryPendingOrders } from '../../../../src/infrastructure/delivery/delivery-pending-orders.js';

const PLACE = { partition: 3, offset: '42' };
const STANDING: RecordStanding = {
  key: Buffer.from('order-1'),
  timestamp: 1_000,
  isCompleted: false,
  ahead: 7,
};

const find = (standing: RecordStanding | undefined, orderId = 'order-1') =>
  new DeliveryPendingOrders({ find: () => Promise.resolve(standing) }, 'g').find(OrderId.of(orderId), PLACE);

describe('looking for a pending order with the delivery library', () => {
  it('asks for the group and the place, and returns how the order stands', async () => {
    const asked: unknown[] = [];
    const messaging = {
      find: (...question: unknown[]) => {
        asked.push(question);
        return Promise.resolve(STANDING);
      },
    };

    expect(await new DeliveryPendingOrders(messaging, 'g').find(OrderId.of('order-1'), PLACE)).toEqual({
      orderId: 'order-1',
      partition: 3,
      offset: '42',
      ahead: 7,
      since: new Date(1_000),
    });
    expect(asked).toEqual([['g', PLACE]]);
  });

  it.each([
    ['there is no message', undefined],
    ['the message is completed', { ...STANDING, isCompleted: true }],
    ['the message is of another order', { ...STANDING, key: Buffer.from('order-2') }],
    ['the message has no key', { ...STANDING, key: null }],
    ['the key is not UTF-8', { ...STANDING, key: Buffer.from([0xff]) }],
  ])('finds none when %s', async (_why, standing) => {
    expect(await find(standing)).toBeUndefined();
  });

  it('says that the topic can’t be asked, and why', async () => {
    const cause = new Error('no broker');
    const finding = new DeliveryPendingOrders({ find: () => Promise.reject(cause) }, 'g').find(
      OrderId.of('order-1'),
      PLACE,
    );

    await expect(finding).rejects.toBeInstanceOf(PendingOrdersUnavailable);
    await expect(finding).rejects.toMatchObject({ cause });
  });
});
