import { setTimeout as delay } from 'node:timers/promises';
import type { Fulfilment, FulfilmentOutcome } from '../../application/ports/fulfilment.js';
import type { Order } from '../../domain/order/order.js';

/** The order of this product is refused, so that a rejected order can be seen. */
const REFUSED_PRODUCT = 'refuse';

/** Stands for the real work: takes some time, and does nothing. */
export class SimulatedFulfilment implements Fulfilment {
  /** @param random a number from 0 up to, but not including, 1 */
  constructor(
    private readonly delayMs: { readonly min: number; readonly max: number },
    private readonly random: () => number = Math.random,
  ) {}

  async fulfil(order: Order): Promise<FulfilmentOutcome> {
    const { min, max } = this.delayMs;
    if (max > 0) await delay(min + this.random() * (max - min));
    if (order.state.product === REFUSED_PRODUCT)
      return { kind: 'refused', reason: 'the simulation refuses this product' };
    return { kind: 'fulfilled' };
  }
}
