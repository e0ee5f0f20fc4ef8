import {
  StoreUnavailable,
  type StoredOrder,
  type OrderRepository,
} from '../../../../src/application/ports/order-repository.js';
import { ConflictingContent } from '../../../../src/domain/order/order-errors.js';
import type { OrderId } from '../../../../src/domain/order/order-id.js';
import type { Conditions } from './conditions.js';
import type { Effect } from './history.js';
import type { Random } from './random.js';
import type { ReplicaProcess } from './replica-process.js';
import type { Scheduler } from './scheduler.js';
import { contentOf } from './workload.js';

/** The store's side: the orders, and a history that only grows. */
export class ModelStore {
  readonly history: Effect[] = [];
  private readonly orders = new Map<OrderId, StoredOrder>();

  constructor(
    private readonly scheduler: Scheduler,
    private readonly conditions: Conditions,
    private readonly random: Random,
  ) {}

  /** As one process reaches it. */
  repositoryOf(process: ReplicaProcess): OrderRepository {
    return {
      find: (orderId) => process.request(() => this.find(orderId)),
      save: (carriedOut) => process.request(() => this.save(carriedOut)),
    };
  }

  private find(orderId: OrderId): StoredOrder | undefined {
    this.mustBeThere();
    return this.orders.get(orderId);
  }

  private save(carriedOut: StoredOrder): 'saved' | 'already-saved' {
    this.mustBeThere();
    const { order } = carriedOut;
    const earlier = this.orders.get(order.id);
    if (earlier !== undefined && !earlier.order.hasSameContentAs(order))
      throw new ConflictingContent(order.id);
    if (earlier !== undefined && earlier.order.state.status !== 'parked') return 'already-saved';
    const { orderId, product, quantity, status } = order.state;
    if (status === 'placed') throw new TypeError(`order ${orderId} is saved before it is carried out`);
    if (earlier?.order.state.status === status) return 'already-saved';
    this.orders.set(order.id, carriedOut);
    this.history.push({ at: this.scheduler.now, orderId, content: contentOf(product, quantity), status });
    if (this.random.chance(this.conditions.lostAnswers)) throw new StoreUnavailable('the answer was lost');
    return 'saved';
  }

  private mustBeThere(): void {
    if (this.conditions.storeAway) throw new StoreUnavailable('away');
  }
}
