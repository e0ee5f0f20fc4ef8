import { OrderId } from '../../domain/order/order-id.js';
import { OrderNotProcessed } from '../application-errors.js';
import type { OrderRepository, StoredOrder } from '../ports/order-repository.js';
import type { OrderPlace, PendingOrder, PendingOrders } from '../ports/pending-orders.js';

export interface FindOrderQuery {
  readonly orderId: string;
  /** Whose order, where orders have owners. */
  readonly owner?: string | undefined;
  /** Where its message lies, as accepting it returned. Only there a pending order is found. */
  readonly place?: OrderPlace | undefined;
}

/** An order that was processed, rejected or parked, or that is pending. */
export type FoundOrder = StoredOrder | PendingOrder;

export function isPending(found: FoundOrder): found is PendingOrder {
  return 'ahead' in found;
}

/** Finds an order that was processed, rejected or parked; asked with its place, also one that is pending. */
export class FindOrder {
  constructor(
    private readonly orders: OrderRepository,
    private readonly pendingOrders: PendingOrders,
  ) {}

  /** @throws InvalidOrderId, InvalidOwner, OrderNotProcessed, StoreUnavailable, PendingOrdersUnavailable */
  async execute({ orderId, owner, place }: FindOrderQuery): Promise<FoundOrder> {
    const id = OrderId.of(orderId, owner);
    const found = (await this.orders.find(id)) ?? (place && (await this.findAt(id, place)));
    if (found === undefined) throw new OrderNotProcessed(orderId, place);
    return found;
  }

  /** What is not pending may have been completed since the store was asked. */
  private async findAt(id: OrderId, place: OrderPlace): Promise<FoundOrder | undefined> {
    return (await this.pendingOrders.find(id, place)) ?? (await this.orders.find(id));
  }
}
