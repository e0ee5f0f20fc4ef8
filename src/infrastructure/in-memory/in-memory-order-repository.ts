import type { Logger } from '../../application/ports/logger.js';
import type { OrderRepository, StoredOrder } from '../../application/ports/order-repository.js';
import { ConflictingContent, IllegalTransition } from '../../domain/order/order-errors.js';
import type { OrderId } from '../../domain/order/order-id.js';
import { mayBecome } from '../../domain/order/order-status.js';
import { Order, type OrderState } from '../../domain/order/order.js';

type Fields = [
  product: OrderState['product'],
  quantity: OrderState['quantity'],
  status: OrderState['status'],
  placedAt: number,
  completedAt: number | null,
  rejectionReason: string | null,
  replica: string,
  topic: string,
  partition: number,
  offset: string,
  attempt: number,
];

/** Keeps the newest completed orders, and all parked ones, as long as the process lives. */
export class InMemoryOrderRepository implements OrderRepository {
  /** Ids of completed orders; at `turn` is the oldest one, or none yet. */
  private readonly completed: OrderId[] = [];
  private turn = 0;
  private hasForgotten = false;

  /** @param keeps how many completed orders; a parked one is never forgotten */
  constructor(
    private readonly keeps = 100_000,
    private readonly logger?: Logger,
    private readonly stored = new Map<OrderId, string>(),
  ) {}

  async find(orderId: OrderId): Promise<StoredOrder | undefined> {
    const text = this.stored.get(orderId);
    return text === undefined ? undefined : fromText(orderId, text);
  }

  async findAll(orderIds: readonly OrderId[]): Promise<StoredOrder[]> {
    return [...new Set(orderIds)].flatMap((orderId) => {
      const text = this.stored.get(orderId);
      return text === undefined ? [] : [fromText(orderId, text)];
    });
  }

  async save(stored: StoredOrder): Promise<'saved' | 'already-saved'> {
    const { order } = stored;
    const { status } = order.state;
    if (!mayBecome('placed', status)) throw new IllegalTransition('placed', status);
    const text = this.stored.get(order.id);
    const earlier = text === undefined ? undefined : fromText(order.id, text).order;
    if (earlier?.hasSameContentAs(order) === false) throw new ConflictingContent(order.id);
    if (earlier !== undefined && !mayBecome(earlier.state.status, status)) return 'already-saved';
    this.stored.set(order.id, toText(stored));
    if (order.isCompleted) this.forgetOldestFor(order.id);
    return 'saved';
  }

  private forgetOldestFor(completed: OrderId): void {
    const oldest = this.completed[this.turn];
    this.completed[this.turn] = completed;
    this.turn = (this.turn + 1) % this.keeps;
    if (oldest === undefined) return;
    this.stored.delete(oldest);
    if (this.hasForgotten) return;
    this.hasForgotten = true;
    this.logger?.info('the store in memory is full: it forgets the oldest completed order for each new one', {
      keeps: this.keeps,
    });
  }
}

/** An order takes 303 bytes as a text, and 591 as objects, which the garbage collector has to follow. */
function toText({ order: { state }, delivery }: StoredOrder): string {
  const { product, quantity, status, placedAt, completedAt, rejectionReason } = state;
  const { replica, topic, partition, offset, attempt } = delivery;
  const fields = [product, quantity, status, placedAt.getTime(), completedAt?.getTime(), rejectionReason];
  return JSON.stringify([...fields, replica, topic, partition, offset, attempt]);
}

function fromText(orderId: OrderId, text: string): StoredOrder {
  const [product, quantity, status, placedAt, completedAt, rejectionReason, ...delivery] = JSON.parse(
    text,
  ) as Fields;
  const [replica, topic, partition, offset, attempt] = delivery;
  const order = Order.restore({
    ...{ orderId, product, quantity, status, placedAt: new Date(placedAt) },
    ...(completedAt !== null && { completedAt: new Date(completedAt) }),
    ...(rejectionReason !== null && { rejectionReason }),
  });
  return { order, delivery: { replica, topic, partition, offset, attempt } };
}
