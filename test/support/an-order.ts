import type { Attempt, Delivery } from '../../src/application/orders/delivery.js';
import type { StoredOrder } from '../../src/application/ports/order-repository.js';
import { Order } from '../../src/domain/order/order.js';

export const PLACED_AT = new Date('2026-01-02T03:04:05.678Z');
export const COMPLETED_AT = new Date('2026-01-02T03:04:06.789Z');

export const DELIVERY: Delivery = {
  replica: 'replica-1',
  topic: 'app.order.publish',
  partition: 3,
  offset: '42',
  attempt: 1,
};

/** An attempt that is never aborted. */
export const ATTEMPT: Attempt = { signal: new AbortController().signal, mayTakeEffect: () => true };

interface Values {
  readonly orderId: string;
  readonly owner?: string;
  readonly product: string;
  readonly quantity: number;
  readonly placedAt: Date;
}

/** An order for a test: `anOrder().withProduct('tea').processed()`. Each `with…` leaves the builder as it was. */
export function anOrder(): OrderBuilder {
  return new OrderBuilder({ orderId: 'order-1', product: 'tea', quantity: 2, placedAt: PLACED_AT });
}

export class OrderBuilder {
  constructor(private readonly values: Values) {}

  withId(orderId: string): OrderBuilder {
    return new OrderBuilder({ ...this.values, orderId });
  }

  withOwner(owner: string): OrderBuilder {
    return new OrderBuilder({ ...this.values, owner });
  }

  withProduct(product: string): OrderBuilder {
    return new OrderBuilder({ ...this.values, product });
  }

  withQuantity(quantity: number): OrderBuilder {
    return new OrderBuilder({ ...this.values, quantity });
  }

  withPlacedAt(placedAt: Date): OrderBuilder {
    return new OrderBuilder({ ...this.values, placedAt });
  }

  placed(): Order {
    return Order.place(this.values);
  }

  processed(at = COMPLETED_AT): Order {
    return this.placed().process(at);
  }

  rejected(reason = 'out of stock', at = COMPLETED_AT): Order {
    return this.placed().reject(reason, at);
  }

  parked(): Order {
    return this.placed().park();
  }

  /** The order, processed, and the delivery that did it. */
  storedProcessed(delivery: Partial<Delivery> = {}): StoredOrder {
    return { order: this.processed(), delivery: { ...DELIVERY, ...delivery } };
  }

  /** The order, parked, and the delivery of its last attempt. */
  storedParked(delivery: Partial<Delivery> = {}): StoredOrder {
    return { order: this.parked(), delivery: { ...DELIVERY, ...delivery } };
  }
}
