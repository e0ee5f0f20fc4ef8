import type { Order } from '../domain/order/order.js';
import { ConflictingContent } from '../domain/order/order-errors.js';
import { NotOurs, type Delivery, type Ownership } from './delivery.js';
import type { Clock } from './ports/clock.js';
import type { Fulfilment } from './ports/fulfilment.js';
import type { OrderRepository } from './ports/order-repository.js';

export interface ProcessOrderCommand {
  readonly order: Order;
  readonly delivery: Delivery;
  readonly attempt: Ownership;
}

/** Carries an order out once, however often it is delivered. */
export class ProcessOrder {
  constructor(
    private readonly orders: OrderRepository,
    private readonly fulfilment: Fulfilment,
    private readonly clock: Clock,
  ) {}

  /** @throws ConflictingContent, StoreUnavailable, NotOurs, or what the fulfilment rejects with */
  async execute({
    order,
    delivery,
    attempt,
  }: ProcessOrderCommand): Promise<'processed' | 'rejected' | 'already-carried-out'> {
    const earlier = await this.orders.find(order.id);
    if (earlier !== undefined) {
      if (!earlier.order.hasContentOf(order)) throw new ConflictingContent(order.id);
      if (earlier.order.state.status !== 'parked') return 'already-carried-out';
    }
    if (!attempt.mayTakeEffect()) throw new NotOurs();
    const outcome = await this.fulfilment.fulfil(order, attempt.signal);
    const now = this.clock.now();
    const open = earlier?.order ?? order;
    const carriedOut = outcome.kind === 'fulfilled' ? open.process(now) : open.reject(outcome.reason, now);
    if (!attempt.mayTakeEffect()) throw new NotOurs();
    const saved = await this.orders.save({ order: carriedOut, delivery });
    if (saved === 'already-saved') return 'already-carried-out';
    return outcome.kind === 'fulfilled' ? 'processed' : 'rejected';
  }
}
