import { waitFor } from '../../packages/delivery/src/contract/wait-for.js';

/** `refused`: surely not published. `unknown`: perhaps published; the response says so, or there was none. */
export type Answer = 'accepted' | 'refused' | 'unknown';

/** An order, and what its client was told. */
export interface SentOrder {
  readonly orderId: string;
  readonly sentAt: number;
  readonly answer: Answer;
  /** Absent when there was no response. */
  readonly status?: number;
  /** Of an accepted one: where it lies in the topic. */
  readonly partition?: number;
  readonly offset?: string;
}

export interface LoadOptions {
  readonly perSecond: number;
  readonly post: (order: { orderId: string; product: string }, signal: AbortSignal) => Promise<Response>;
  /** Called once for each twenty orders: 5 %. */
  readonly onTwentieth?: (latest: SentOrder) => Promise<void>;
}

export const PRODUCT = 'Espresso machine';
const TICK_MS = 10;
const CLIENTS = 100;
const CLIENT_TIMEOUT_MS = 20_000;

let loads = 0;

/** Clients that send orders at a steady rate, each order once. When all of them wait for a response the rate falls. */
export class Load {
  readonly orders: SentOrder[] = [];
  private sent = 0;
  private accepted = 0;
  private readonly name = `load-${++loads}`;
  private readonly inFlight = new Set<Promise<void>>();
  private readonly ticks: NodeJS.Timeout;

  constructor(private readonly options: LoadOptions) {
    let lastTickAt = Date.now();
    let due = 0;
    this.ticks = setInterval(() => {
      const now = Date.now();
      due = Math.min(CLIENTS, due + ((now - lastTickAt) * options.perSecond) / 1_000);
      lastTickAt = now;
      for (; due >= 1 && this.inFlight.size < CLIENTS; due--) this.track(this.sendOne());
    }, TICK_MS);
  }

  /** Waits until `count` more were accepted. */
  async more(count: number): Promise<void> {
    const enough = this.accepted + count;
    await waitFor(`${enough} accepted orders`, () => this.accepted >= enough, { deadlineMs: 90_000 });
  }

  /** Sends no more, and waits for the responses. */
  async stop(): Promise<SentOrder[]> {
    clearInterval(this.ticks);
    await Promise.all(this.inFlight);
    return this.orders;
  }

  private track(work: Promise<void>): void {
    const tracked = work.finally(() => this.inFlight.delete(tracked));
    this.inFlight.add(tracked);
  }

  private async sendOne(): Promise<void> {
    const orderId = `${this.name}-${++this.sent}`;
    const sentAt = Date.now();
    const signal = AbortSignal.timeout(CLIENT_TIMEOUT_MS);
    const told = await this.options
      .post({ orderId, product: PRODUCT }, signal)
      .then(answerOf)
      .catch(noAnswer);
    const order = { orderId, sentAt, ...told };
    this.orders.push(order);
    if (told.answer !== 'accepted') return;
    if (++this.accepted % 20 === 0) await this.options.onTwentieth?.(order);
  }
}

type Told = Pick<SentOrder, 'answer' | 'status' | 'partition' | 'offset'>;

async function answerOf(response: Response): Promise<Told> {
  const { status } = response;
  const { type, partition, offset } = (await response.json()) as Partial<Record<string, unknown>>;
  if (status === 202)
    return { answer: 'accepted', status, partition: Number(partition), offset: String(offset) };
  const isRefusal = status < 500 || /:(broker-unavailable|overloaded)$/.test(String(type));
  return { answer: isRefusal ? 'refused' : 'unknown', status };
}

function noAnswer(error: unknown): Told {
  const { cause } = error as { cause?: { code?: string } };
  return { answer: cause?.code === 'ECONNREFUSED' ? 'refused' : 'unknown' };
}
