import {
  FulfilmentFailed,
  type Fulfilment,
  type FulfilmentOutcome,
} from '../../../../src/application/ports/fulfilment.js';
import type { Order } from '../../../../src/domain/order/order.js';
import type { Conditions } from './conditions.js';
import type { Random } from './random.js';
import type { ReplicaProcess } from './replica-process.js';
import type { Scheduler } from './scheduler.js';
import { PRODUCTS } from './workload.js';

const OUTAGE_ANSWER_MS = 30;

/** How long the work on each product takes. */
export interface WorkTimes {
  readonly quickMs: number;
  readonly slowMs: number;
  readonly endlessMs: number;
}

/** Carries orders out as their products say. */
export class ModelFulfilment {
  /** Orders that failed in an outage. */
  readonly failedInnocently = new Set<string>();
  private readonly calls = new Map<string, number>();

  constructor(
    private readonly scheduler: Scheduler,
    private readonly conditions: Conditions,
    private readonly times: WorkTimes,
    private readonly random: Random,
  ) {}

  /** As one process reaches it. A call that is aborted ends at once for who called. */
  clientOf(process: ReplicaProcess): Fulfilment {
    return {
      fulfil: async (order, signal) => {
        const aborted = new Promise<never>((_, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason));
        });
        return Promise.race([process.request(() => this.answer(order)), aborted]);
      },
    };
  }

  private async answer(order: Order): Promise<FulfilmentOutcome> {
    const { product, orderId } = order.state;
    await new Promise<void>((resolve) => this.scheduler.after(this.timeFor(product), resolve));
    const calls = (this.calls.get(orderId) ?? 0) + 1;
    this.calls.set(orderId, calls);
    if (this.conditions.fulfilmentFails) this.failedInnocently.add(orderId);
    const fails =
      this.conditions.fulfilmentFails ||
      product === PRODUCTS.failsAlways ||
      (product === PRODUCTS.failsTwice && calls <= 2);
    if (fails) throw new FulfilmentFailed('it did not work');
    return product === PRODUCTS.refused ? { kind: 'rejected', reason: 'sold out' } : { kind: 'fulfilled' };
  }

  private timeFor(product: string): number {
    if (product === PRODUCTS.endless) return this.times.endlessMs;
    if (this.conditions.fulfilmentFails) return OUTAGE_ANSWER_MS;
    return product === PRODUCTS.slow ? this.times.slowMs : this.random.int(1, this.times.quickMs);
  }
}
