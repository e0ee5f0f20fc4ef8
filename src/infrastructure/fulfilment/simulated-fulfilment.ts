import { setTimeout as delay } from 'node:timers/promises';
import {
  FulfilmentFailed,
  type Fulfilment,
  type FulfilmentOutcome,
} from '../../application/ports/fulfilment.js';
import type { OrderId } from '../../domain/order/order-id.js';
import type { Order } from '../../domain/order/order.js';

const REJECTED = 'reject';
const FAILING = /^fail(?:-(\d{1,6}))?$/;
const SLOW = /^slow-(\d{1,6})$/;
const MAX_COUNTED_ORDERS = 10_000;

/**
 * Stands for the real work: takes some time, and does nothing. By its product an order shows what may happen: `reject` is
 * rejected, `fail` fails always and `fail-3` three times, `slow-10000` takes ten seconds.
 */
export class SimulatedFulfilment implements Fulfilment {
  private readonly failures = new Map<OrderId, number>();

  /** @param random a number from 0 up to, but not including, 1 */
  constructor(
    private readonly delayMs: { readonly min: number; readonly max: number },
    private readonly random: () => number = Math.random,
  ) {}

  async fulfil({ id, state: { product } }: Order, signal: AbortSignal): Promise<FulfilmentOutcome> {
    await this.work(product, signal);
    if (product === REJECTED) return { kind: 'rejected', reason: 'the simulation rejects this product' };
    const failing = FAILING.exec(product);
    if (failing !== null) this.failUpTo(Number(failing[1] ?? Infinity), id);
    return { kind: 'fulfilled' };
  }

  private async work(product: string, signal: AbortSignal): Promise<void> {
    const { min, max } = this.delayMs;
    const ms = Number(SLOW.exec(product)?.[1] ?? min + this.random() * (max - min));
    if (ms === 0) return;
    await delay(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
  }

  /** Of too many orders the count of the oldest is forgotten. */
  private failUpTo(times: number, id: OrderId): void {
    const failures = (this.failures.get(id) ?? 0) + 1;
    this.failures.delete(id);
    if (failures > times) return;
    const [oldest] = this.failures.keys();
    if (oldest !== undefined && this.failures.size >= MAX_COUNTED_ORDERS) this.failures.delete(oldest);
    this.failures.set(id, failures);
    throw new FulfilmentFailed('the simulation fails this product', { mayBeOutage: false });
  }
}
