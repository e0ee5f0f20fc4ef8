import type { Messaging } from '@order-service/delivery';
import {
  PendingOrdersUnavailable,
  type OrderPlace,
  type PendingOrder,
  type PendingOrders,
} from '../../application/ports/pending-orders.js';
import type { OrderId } from '../../domain/order/order-id.js';

/** On the delivery library, which knows what a group has committed, on Kafka or in memory. A message's key is the order's id. */
export class DeliveryPendingOrders implements PendingOrders {
  constructor(
    private readonly messaging: Pick<Messaging, 'find'>,
    private readonly groupId: string,
  ) {}

  async find(orderId: OrderId, { partition, offset }: OrderPlace): Promise<PendingOrder | undefined> {
    const standing = await this.standing({ partition, offset });
    if (standing === undefined || standing.isCompleted || toText(standing.key) !== orderId) return undefined;
    return { orderId, partition, offset, ahead: standing.ahead, since: new Date(standing.timestamp) };
  }

  private async standing(place: OrderPlace) {
    try {
      return await this.messaging.find(this.groupId, place);
    } catch (cause) {
      throw new PendingOrdersUnavailable('the topic can’t be asked where an order stands', { cause });
    }
  }
}

function toText(key: Uint8Array | null): string {
  return new TextDecoder().decode(key ?? undefined);
}
