import type { Logger } from '../../../application/ports/logger.js';
import type { OrderRepository, StoredOrder } from '../../../application/ports/order-repository.js';
import { ConflictingContent } from '../../../domain/order/order-errors.js';
import type { OrderId } from '../../../domain/order/order-id.js';
import { Order } from '../../../domain/order/order.js';

/** Keeps the newest finished orders, and all others, as long as the process lives. */
export class InMemoryOrderRepository implements OrderRepository {
  /** Ids of finished orders; at `turn` is the oldest one, or none yet. */
  private readonly finished: OrderId[] = [];
  private turn = 0;
  private hasForgotten = false;

  /** @param keeps how many finished orders; a parked one is never forgotten */
  constructor(
    private readonly keeps = 100_000,
    private readonly logger?: Logger,
    private readonly stored = new Map<OrderId, StoredOrder>(),
  ) {}

  async find(orderId: OrderId): Promise<StoredOrder | undefined> {
    const found = this.stored.get(orderId);
    return found && copyOf(found);
  }

  async save(stored: StoredOrder): Promise<'saved' | 'already-saved'> {
    const { order } = stored;
    const earlier = this.stored.get(order.id)?.order;
    if (earlier?.hasContentOf(order) === false) throw new ConflictingContent(order.id);
    if (earlier !== undefined && (earlier.isCarriedOut || !order.isCarriedOut)) return 'already-saved';
    this.stored.set(order.id, copyOf(stored));
    if (order.isCarriedOut) this.forgetOldestFor(order.id);
    return 'saved';
  }

  private forgetOldestFor(finished: OrderId): void {
    const oldest = this.finished[this.turn];
    this.finished[this.turn] = finished;
    this.turn = (this.turn + 1) % this.keeps;
    if (oldest === undefined) return;
    this.stored.delete(oldest);
    if (this.hasForgotten) return;
    this.hasForgotten = true;
    this.logger?.info('the store in memory is full: it forgets the oldest finished order for each new one', {
      keeps: this.keeps,
    });
  }
}

function copyOf({ order, delivery }: StoredOrder): StoredOrder {
  const { placedAt, carriedOutAt } = order.state;
  const times = {
    placedAt: new Date(placedAt),
    ...(carriedOutAt && { carriedOutAt: new Date(carriedOutAt) }),
  };
  return { order: Order.restore({ ...order.state, ...times }), delivery: { ...delivery } };
}
