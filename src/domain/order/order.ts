import { IllegalTransition } from './order-errors.js';
import { OrderId } from './order-id.js';
import { isFinal, mayBecome, type OrderStatus } from './order-status.js';
import { Product } from './product.js';
import { Quantity } from './quantity.js';

/** An order's plain values, as they are stored and shown. */
export interface OrderState {
  readonly orderId: OrderId;
  readonly product: Product;
  readonly quantity: Quantity;
  readonly placedAt: Date;
  readonly status: OrderStatus;
  /** When it was processed or rejected; absent while it is placed or parked. */
  readonly completedAt?: Date;
  /** Why fulfilment rejected it; only on a rejected order. */
  readonly rejectionReason?: string;
}

const DEFAULT_QUANTITY = 1;

export class Order {
  private constructor(readonly state: OrderState) {}

  /** A new order. @throws InvalidOrderId, InvalidOwner, InvalidProduct, InvalidQuantity */
  static place(order: {
    orderId: string;
    /** The client that sent it, where that is known. */
    owner?: string | undefined;
    product: string;
    quantity?: number | undefined;
    placedAt: Date;
  }): Order {
    return new Order({
      orderId: OrderId.of(order.orderId, order.owner),
      product: Product.of(order.product),
      quantity: Quantity.of(order.quantity ?? DEFAULT_QUANTITY),
      placedAt: order.placedAt,
      status: 'placed',
    });
  }

  /** An order as it was stored; its values were checked when it was placed. */
  static restore(state: OrderState): Order {
    return new Order(state);
  }

  get id(): OrderId {
    return this.state.orderId;
  }

  /** @throws IllegalTransition */
  process(at: Date): Order {
    return this.become('processed', { completedAt: at });
  }

  /** @throws IllegalTransition */
  reject(reason: string, at: Date): Order {
    return this.become('rejected', { completedAt: at, rejectionReason: reason });
  }

  /** Its message was dead-lettered; it may still be processed. @throws IllegalTransition */
  park(): Order {
    return this.become('parked');
  }

  /** Processed or rejected: nothing is left to do. */
  get isCompleted(): boolean {
    return isFinal(this.state.status);
  }

  /** The same product and quantity: under the same id it is the same order. */
  hasSameContentAs(other: Order): boolean {
    return this.state.product === other.state.product && this.state.quantity === other.state.quantity;
  }

  private become(status: OrderStatus, values: Partial<OrderState> = {}): Order {
    if (!mayBecome(this.state.status, status)) throw new IllegalTransition(this.state.status, status);
    return new Order({ ...this.state, ...values, status });
  }
}
