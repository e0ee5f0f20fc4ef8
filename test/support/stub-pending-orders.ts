import {
  PendingOrdersUnavailable,
  type OrderPlace,
  type PendingOrder,
  type PendingOrders,
} from '../../src/application/ports/pending-orders.js';
import { OrderId } from '../../src/domain/order/order-id.js';

export const PLACE: OrderPlace = { partition: 3, offset: '42' };

export function aPendingOrder(orderId = 'order-1', values: Partial<PendingOrder> = {}): PendingOrder {
  return { orderId: OrderId.of(orderId), ...PLACE, ahead: 2, since: new Date(1_000), ...values };
}

/** Orders that are pending for as long as a test says. */
export class StubPendingOrders implements PendingOrders {
  isUnavailable = false;
  private readonly pending = new Map<string, PendingOrder>();

  add(order: PendingOrder): PendingOrder {
    this.pending.set(order.orderId, order);
    return order;
  }

  remove(orderId: string): void {
    this.pending.delete(orderId);
  }

  find(orderId: OrderId, { partition, offset }: OrderPlace): Promise<PendingOrder | undefined> {
    if (this.isUnavailable) return Promise.reject(new PendingOrdersUnavailable('secret'));
    const order = this.pending.get(orderId);
    const isThere = order?.partition === partition && order.offset === offset;
    return Promise.resolve(isThere ? order : undefined);
  }
}
