import { OrderId } from '../../domain/order/order-id.js';
import { OrderNotProcessed } from '../application-errors.js';
import { isPending, type FindOrder, type FindOrderQuery, type FoundOrder } from './find-order.js';
import type { OrderWatch } from './order-watch.js';

export interface AwaitOrderQuery extends FindOrderQuery {
  readonly timeoutMs: number;
  /** Aborted when nobody waits for the result any more. */
  readonly signal: AbortSignal;
}

/** Finds an order, and waits until it is processed, rejected or parked, or the time is over. Without its place an unknown one, too. */
export class AwaitOrder {
  private waiting = 0;

  /** @param limit so many may wait at a time */
  constructor(
    private readonly findOrder: Pick<FindOrder, 'execute'>,
    private readonly watch: OrderWatch,
    private readonly limit: number,
  ) {}

  /** Whether one more may wait. */
  get hasRoom(): boolean {
    return this.waiting < this.limit && !this.watch.isClosed;
  }

  /** @throws InvalidOrderId, InvalidOwner, OrderNotProcessed, StoreUnavailable, PendingOrdersUnavailable */
  async execute({ timeoutMs, signal, ...query }: AwaitOrderQuery): Promise<FoundOrder> {
    this.waiting++;
    try {
      const found = await this.find(query);
      if (found !== undefined && !isPending(found)) return found;
      const stored = await this.watch.wait(OrderId.of(query.orderId, query.owner), timeoutMs, signal);
      return stored ?? (await this.findOrder.execute(query));
    } finally {
      this.waiting--;
    }
  }

  /** At its place an order is pending, or unknown; without it an unknown one may still be pending. */
  private async find(query: FindOrderQuery): Promise<FoundOrder | undefined> {
    try {
      return await this.findOrder.execute(query);
    } catch (error) {
      if (error instanceof OrderNotProcessed && query.place === undefined) return undefined;
      throw error;
    }
  }
}
