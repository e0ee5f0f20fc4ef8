import type { Random } from '../../packages/delivery/test/simulation/random.js';
import type { OrderRequest } from '../../packages/delivery/test/simulation/history.js';
import { REPAIRABLE } from '../../test/support/fulfilment-server.js';
import { ask, Clients } from '../../test/support/clients.js';
import type { Installation } from '../../test/support/installation.js';
import type { RogueProducer } from '../../test/support/rogue-producer.js';
import type { Answered } from './chaos-history.js';
import { ImportClient } from './import-client.js';

const CLIENTS = 200;
const HOT_IDS = 5;
const BULK = 300;
const BULK_EVERY_MS = 15_000;
const UNAVAILABLE_EVERY_MS = 10_000;
const IMPORTED = 300;
const IMPORT_EVERY_MS = 12_000;
const REPLAYED = 50;
const REPLAY_EVERY_MS = 20_000;
/** Of the latest orders, those that may be sent again, or contradicted. */
const RECENT = 500;

type OrderBody = Readonly<{ orderId: string; product: string; quantity: number }>;

/** Clients of every kind: new orders, the same again, others under a used id, hot ids, poison, many at once, imports, replays. */
export class ChaosLoad {
  readonly requests: OrderRequest[] = [];
  /** Of the first requests, those over HTTP, in the same order. */
  readonly answers: Answered[] = [];
  accepted = 0;
  /** Only new and valid orders. */
  isHealthy = false;
  readonly importClient: ImportClient;
  private sent = 0;
  private readonly put: OrderRequest[] = [];
  private readonly recent: OrderBody[] = [];
  private readonly clients: Clients;
  private readonly timers: NodeJS.Timeout[];
  private readonly ended = new AbortController();

  constructor(
    rate: number,
    private readonly random: Random,
    private readonly service: Installation,
    private readonly rogueProducer: RogueProducer,
  ) {
    this.importClient = new ImportClient(random.fork(), service, this.ended.signal);
    this.clients = new Clients(CLIENTS, rate, () => this.sendOne());
    const unlessHealthy = (everyMs: number, work: () => Promise<void>[]): NodeJS.Timeout =>
      setInterval(() => {
        if (!this.isHealthy) for (const each of work()) this.clients.track(each);
      }, everyMs);
    this.timers = [
      unlessHealthy(BULK_EVERY_MS, () => Array.from({ length: BULK }, () => this.post(this.newOrder()))),
      unlessHealthy(UNAVAILABLE_EVERY_MS, () => [this.post({ ...this.newOrder(), product: 'unavailable' })]),
      unlessHealthy(IMPORT_EVERY_MS, () => [this.importClient.import(IMPORTED)]),
      unlessHealthy(REPLAY_EVERY_MS, () => [this.replay(this.recent.slice(-REPLAYED))]),
    ];
  }

  /** From here on all orders are valid, and there are no more of them a second than this. */
  calm(rate: number): void {
    this.isHealthy = true;
    this.clients.perSecond = Math.min(this.clients.perSecond, rate);
  }

  /** Sends no more, and waits for the responses. Returns all that was sent, over HTTP and past the API. */
  async stop(): Promise<OrderRequest[]> {
    for (const timer of this.timers) clearInterval(timer);
    this.ended.abort();
    await this.clients.stop();
    return [...this.requests, ...this.put, ...this.importClient.requests];
  }

  private sendOne(): Promise<void> {
    const { random } = this;
    const percent = this.isHealthy ? 100 : random.int(0, 99);
    const recent = this.recent.length > 0 ? random.pick(this.recent as [OrderBody]) : this.newOrder();
    if (percent < 2) return this.putPoison(recent);
    if (percent < 3) return this.post({ ...this.newOrder(), product: 'fail' });
    if (percent < 4) return this.post(this.repairable());
    if (percent < 6) return this.post({ ...this.newOrder(), product: 'reject' });
    if (percent < 8) return this.post({ ...recent, product: 'something else' });
    if (percent < 14) return this.post(recent);
    if (percent < 22)
      return this.post({ orderId: `hot-${random.int(1, HOT_IDS)}`, product: 'tea', quantity: 2 });
    return this.post(this.newOrder());
  }

  private newOrder(): OrderBody {
    const order = { orderId: `order-${++this.sent}`, product: 'tea', quantity: 2 };
    this.recent.push(order);
    if (this.recent.length > RECENT) this.recent.shift();
    return order;
  }

  /** Sent once. */
  private repairable(): OrderBody {
    return { orderId: `${REPAIRABLE}-${++this.sent}`, product: REPAIRABLE, quantity: 2 };
  }

  private async post(order: OrderBody): Promise<void> {
    const sentAt = Date.now();
    const { status, place, answer } = await ask((signal) => this.service.post(order, signal));
    if (answer === 'success') this.accepted++;
    this.requests.push({ orderId: order.orderId, content: order.product, answer, ...(place && { place }) });
    this.answers.push({ sentAt, answer, ...(status !== undefined && { status }) });
  }

  /** While the brokers are unavailable the producer may not learn whether the record lies in the topic. */
  private async putPoison(recent: OrderBody): Promise<void> {
    const { order, answer } = await this.rogueProducer.tryToPutPoison(recent.orderId);
    if (order !== undefined) this.put.push({ orderId: order.orderId, content: order.product, answer });
  }

  private async replay(orders: readonly OrderBody[]): Promise<void> {
    const answer = await this.rogueProducer.tryToReplay(orders);
    this.put.push(...orders.map(({ orderId, product }) => ({ orderId, content: product, answer })));
  }
}
