import type { OrderId } from '../../domain/order/order-id.js';
import { StoreUnavailable, type OrderRepository, type StoredOrder } from '../ports/order-repository.js';
import type { Timer } from '../ports/timer.js';

interface Waiter {
  readonly resolve: (stored?: StoredOrder) => void;
  readonly reject: (error: unknown) => void;
}

const INTERVAL_MS = 200;

/**
 * Tells those who wait for orders when these are stored. All of them share one question to the store every 200 ms; while nobody
 * waits it asks nothing. Closed, it lets nobody wait.
 */
export class OrderWatch {
  private readonly waiters = new Map<OrderId, Set<Waiter>>();
  private isAsking = false;
  private closed = false;

  constructor(
    private readonly orders: Pick<OrderRepository, 'findAll'>,
    private readonly timer: Timer,
  ) {}

  get isClosed(): boolean {
    return this.closed;
  }

  /**
   * Resolves with the order as soon as it is stored; with `undefined` when before that the time is over, `signal` is aborted or the
   * watch is closed.
   */
  async wait(orderId: OrderId, timeoutMs: number, signal: AbortSignal): Promise<StoredOrder | undefined> {
    if (this.closed || signal.aborted) return undefined;
    let leave: (() => void) | undefined;
    try {
      return await new Promise<StoredOrder | undefined>((resolve, reject) => {
        const giveUp = () => resolve(undefined);
        const cancel = this.timer.after(timeoutMs, giveUp);
        signal.addEventListener('abort', giveUp);
        const remove = this.add(orderId, { resolve, reject });
        leave = () => {
          remove();
          signal.removeEventListener('abort', giveUp);
          cancel();
        };
      });
    } finally {
      leave?.();
    }
  }

  /** All who wait get what they would get when their time is over. */
  close(): void {
    this.closed = true;
    for (const waiters of this.waiters.values()) for (const { resolve } of waiters) resolve();
  }

  private add(orderId: OrderId, waiter: Waiter): () => void {
    const waiters = this.waiters.get(orderId) ?? new Set();
    this.waiters.set(orderId, waiters.add(waiter));
    this.askSoon();
    return () => {
      waiters.delete(waiter);
      if (waiters.size === 0 && this.waiters.get(orderId) === waiters) this.waiters.delete(orderId);
    };
  }

  private askSoon(): void {
    if (this.isAsking || this.waiters.size === 0) return;
    this.isAsking = true;
    this.timer.after(INTERVAL_MS, () => void this.ask());
  }

  private async ask(): Promise<void> {
    if (this.waiters.size > 0) await this.tellFound([...this.waiters.keys()]);
    this.isAsking = false;
    this.askSoon();
  }

  /** While the store is unavailable they wait on. */
  private async tellFound(ids: readonly OrderId[]): Promise<void> {
    try {
      for (const stored of await this.orders.findAll(ids))
        for (const { resolve } of this.waiters.get(stored.order.id) ?? []) resolve(stored);
    } catch (error) {
      if (error instanceof StoreUnavailable) return;
      for (const id of ids) for (const { reject } of this.waiters.get(id) ?? []) reject(error);
    }
  }
}
