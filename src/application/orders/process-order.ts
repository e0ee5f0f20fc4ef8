import type { Order } from '../../domain/order/order.js';
import { ConflictingContent } from '../../domain/order/order-errors.js';
import { NotOurs, type Attempt, type Delivery } from './delivery.js';
import type { Clock } from '../ports/clock.js';
import type { Fulfilment } from '../ports/fulfilment.js';
import type { OrderRepository } from '../ports/order-repository.js';

export interface ProcessOrderCommand {
  readonly order: Order;
  readonly delivery: Delivery;
  readonly attempt: Attempt;
}

/** Processes an order once, however often it is delivered; also one that was parked. */
export class ProcessOrder {
  constructor(
    private readonly orders: OrderRepository,
    private readonly fulfilment: Fulfilment,
    private readonly clock: Clock,
  ) {}

  /** @throws ConflictingContent, NotOurs, StoreUnavailable, or what the fulfilment rejects with */
  async execute({
    order,
    delivery,
    attempt,
  }: ProcessOrderCommand): Promise<'processed' | 'rejected' | 'already-processed'> {
    const { signal, traceparent } = attempt;
    const current = (await this.orders.find(order.id, traceparent))?.order ?? order;
    if (!current.hasSameContentAs(order)) throw new ConflictingContent(order.id);
    if (current.isCompleted) return 'already-processed';
    if (!attempt.mayTakeEffect()) throw new NotOurs();
    const outcome = await this.fulfilment.fulfil(current, signal, traceparent);
    const now = this.clock.now();
    const completed =
      outcome.kind === 'fulfilled' ? current.process(now) : current.reject(outcome.reason, now);
    if (!attempt.mayTakeEffect()) throw new NotOurs();
    const saved = await this.orders.save({ order: completed, delivery }, traceparent);
    if (saved === 'already-saved') return 'already-processed';
    return outcome.kind === 'fulfilled' ? 'processed' : 'rejected';
  }
}
