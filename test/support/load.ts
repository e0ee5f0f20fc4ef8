import { waitFor } from '../../packages/delivery/src/contract/wait-for.js';
import { ask, Clients, type Told } from './clients.js';

/** An order, and what its client was told. */
export interface SentOrder extends Told {
  readonly orderId: string;
  readonly sentAt: number;
}

export interface LoadOptions {
  readonly perSecond: number;
  readonly post: (order: { orderId: string; product: string }, signal: AbortSignal) => Promise<Response>;
  /** Called once for each twenty orders: 5 %. */
  readonly onTwentieth?: (latest: SentOrder) => Promise<void>;
}

export const PRODUCT = 'Espresso machine';
const CLIENTS = 100;

let loads = 0;

/** Orders at a steady rate, each sent once. */
export class Load {
  readonly orders: SentOrder[] = [];
  private sent = 0;
  private accepted = 0;
  private readonly name = `load-${++loads}`;
  private readonly clients: Clients;

  constructor(private readonly options: LoadOptions) {
    this.clients = new Clients(CLIENTS, options.perSecond, () => this.sendOne());
  }

  /** Waits until `count` more were accepted. */
  async more(count: number): Promise<void> {
    const enough = this.accepted + count;
    await waitFor(`${enough} accepted orders`, () => this.accepted >= enough, { deadlineMs: 90_000 });
  }

  /** Sends no more, and waits for the responses. */
  async stop(): Promise<SentOrder[]> {
    await this.clients.stop();
    return this.orders;
  }

  private async sendOne(): Promise<void> {
    const orderId = `${this.name}-${++this.sent}`;
    const sentAt = Date.now();
    const told = await ask((signal) => this.options.post({ orderId, product: PRODUCT }, signal));
    const order = { orderId, sentAt, ...told };
    this.orders.push(order);
    if (told.answer !== 'success') return;
    if (++this.accepted % 20 === 0) await this.options.onTwentieth?.(order);
  }
}
