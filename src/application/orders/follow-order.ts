import { OrderId } from '../../domain/order/order-id.js';
import type { OrderAttempts, ReportedAttempt } from '../live/order-attempts.js';
import type { Clock } from '../ports/clock.js';
import { StoreUnavailable } from '../ports/order-repository.js';
import { PendingOrdersUnavailable } from '../ports/pending-orders.js';
import { isPending, type FindOrder, type FindOrderQuery, type FoundOrder } from './find-order.js';
import type { OrderWatch } from './order-watch.js';

export interface FollowOrderQuery extends FindOrderQuery {
  /** Aborted when nobody follows any more. */
  readonly signal: AbortSignal;
}

/** What became of an order, or an attempt at it that failed. */
export type OrderStep = FoundOrder | ReportedAttempt;

export function isAttempt(step: OrderStep): step is ReportedAttempt {
  return 'outcome' in step;
}

/** How often it looks how many are ahead of a pending order: at each full second, so that all who follow share one look. */
const INTERVAL_MS = 1_000;

/**
 * An order now, and each time that its status or the number of those ahead of it changes, until it is stored; and attempts that
 * failed meanwhile, as far as they are reported.
 */
export class FollowOrder {
  private following = 0;

  /** @param limit so many orders may be followed at a time */
  constructor(
    private readonly findOrder: Pick<FindOrder, 'execute'>,
    private readonly watch: OrderWatch,
    private readonly clock: Clock,
    private readonly attempts: Pick<OrderAttempts, 'listen'>,
    private readonly limit: number,
  ) {}

  /** Whether one more may be followed. */
  get hasRoom(): boolean {
    return this.following < this.limit;
  }

  /** @throws InvalidOrderId, InvalidOwner, OrderNotProcessed; before the first one also StoreUnavailable, PendingOrdersUnavailable */
  async *execute({ signal, ...query }: FollowOrderQuery): AsyncGenerator<OrderStep, void> {
    const id = OrderId.of(query.orderId, query.owner);
    this.following++;
    const failed: ReportedAttempt[] = [];
    const stopListening = this.attempts.listen(id, (attempt) => {
      if (hasFailed(attempt)) failed.push(attempt);
    });
    try {
      let found = await this.findOrder.execute(query);
      yield found;
      while (isPending(found) && !signal.aborted && !this.watch.isClosed) {
        const stored = await this.watch.wait(found.orderId, this.untilNextLook(), signal);
        yield* failed.splice(0);
        const next = stored ?? (await this.findAgain(query)) ?? found;
        if (isPending(next) && next.ahead === found.ahead) continue;
        found = next;
        yield found;
      }
    } finally {
      stopListening();
      this.following--;
    }
  }

  private untilNextLook(): number {
    return INTERVAL_MS - (this.clock.now().getTime() % INTERVAL_MS);
  }

  /** What is unavailable may be available a moment later. */
  private async findAgain(query: FindOrderQuery): Promise<FoundOrder | undefined> {
    try {
      return await this.findOrder.execute(query);
    } catch (error) {
      if (error instanceof StoreUnavailable || error instanceof PendingOrdersUnavailable) return undefined;
      throw error;
    }
  }
}

/** Of one that succeeded the status of the order tells. */
function hasFailed({ outcome }: ReportedAttempt): boolean {
  return outcome === 'retried' || outcome === 'dead-lettered';
}
