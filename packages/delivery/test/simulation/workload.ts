import { encodeOrderSubmitted } from '../../../../src/application/messages/order-submitted.js';
import { Order } from '../../../../src/domain/order/order.js';
import type { LoggedOrder, OrderRequest } from './history.js';
import type { LoggedMessage, ModelLog } from './model-log.js';
import type { Random } from './random.js';
import type { Scheduler } from './scheduler.js';

export interface WorkloadSettings {
  readonly records: number;
  readonly forMs: number;
  readonly hasLongWork: boolean;
}

/** What the products are to the model of the fulfilment: each name says how it fares there. */
export const PRODUCTS = {
  quick: 'tea',
  refused: 'refused',
  failsTwice: 'fails twice',
  failsAlways: 'fails always',
  /** Longer than the session, shorter than an attempt may take. */
  slow: 'slow',
  /** Longer than an attempt may take. */
  endless: 'endless',
} as const;

type Kind = keyof typeof PRODUCTS | 'hot' | 'undecodable' | 'invalid' | 'marker' | 'unheard';

const PLACED_AT = new Date('2026-01-02T03:04:05.678Z');
const utf8 = new TextEncoder();

/** What clients send, what they are told, and what others put into the topic besides. */
export class Workload {
  readonly requests: OrderRequest[] = [];
  readonly logged: LoggedOrder[] = [];
  private orders = 0;

  constructor(
    private readonly log: ModelLog,
    private readonly scheduler: Scheduler,
    private readonly random: Random,
    private readonly settings: WorkloadSettings,
  ) {}

  schedule(): void {
    const { records, forMs } = this.settings;
    for (let count = 0; count < records; count++) {
      const at = this.random.int(0, forMs);
      const inBurst = this.random.chance(0.4);
      this.scheduler.after(inBurst ? at - (at % 4_000) : at, () => {
        this.put(this.kind());
      });
    }
  }

  /** Different healthy orders in each partition: without them an outage can't be told from an order's own fault. */
  burst(ordersPerPartition: number): void {
    for (let count = 0; count < ordersPerPartition * this.log.partitionCount; count++) {
      this.send(this.newId(count % this.log.partitionCount), PRODUCTS.quick, 1);
    }
  }

  private kind(): Kind {
    const draw = this.random.int(1, 100);
    if (draw <= 20) return 'hot';
    if (draw <= 30) return this.random.pick(['undecodable', 'invalid', 'failsAlways', 'marker', 'unheard']);
    if (draw <= 40) return this.random.pick(['refused', 'failsTwice', 'quick']);
    if (draw <= 43 && this.settings.hasLongWork) return this.random.pick(['slow', 'endless']);
    return 'quick';
  }

  private put(kind: Kind): void {
    const partition = this.random.int(0, this.log.partitionCount - 1);
    if (kind === 'marker') this.log.appendMarker(partition);
    else if (kind === 'undecodable' || kind === 'invalid') this.putPoison(partition, kind);
    else if (kind === 'hot') this.sendHot();
    else if (kind === 'unheard') this.ask(this.newId(partition), this.random.pick(['refused', 'unknown']));
    else this.send(this.newId(partition), PRODUCTS[kind], this.random.int(1, 3));
  }

  /** One of few ids, mostly with the content that it had the first time. */
  private sendHot(): void {
    const hot = this.random.int(0, 4);
    const quantity = this.random.chance(0.8) ? 1 : 2;
    this.send(`hot-${hot}`, hot === 4 ? PRODUCTS.failsAlways : PRODUCTS.quick, quantity);
  }

  /** The id's last number is its partition. */
  private newId(partition: number): string {
    return `order-${this.orders++}-${partition}`;
  }

  private ask(orderId: string, answer: OrderRequest['answer']): void {
    this.requests.push({ orderId, content: contentOf(PRODUCTS.quick, 1), answer });
  }

  private send(orderId: string, product: string, quantity: number): void {
    const partition = Number(orderId.slice(orderId.lastIndexOf('-') + 1)) % this.log.partitionCount;
    const order = { orderId, content: contentOf(product, quantity) };
    const offset = this.append(partition, messageOf(orderId, product, quantity));
    const poison = product === PRODUCTS.failsAlways || product === PRODUCTS.endless;
    this.logged.push({ partition, offset, order, poison });
    this.requests.push({ ...order, answer: this.random.chance(0.9) ? 'success' : 'unknown' });
  }

  private putPoison(partition: number, kind: 'undecodable' | 'invalid'): void {
    const message = messageOf(`hot-${partition}`, PRODUCTS.quick, 1);
    const value = kind === 'invalid' ? withQuantity(message, 0) : this.random.pick(UNDECODABLE);
    const key = this.random.chance(0.3) ? null : message.key;
    this.logged.push({
      partition,
      offset: this.append(partition, { ...message, key, value }),
      poison: true,
    });
  }

  private append(partition: number, message: LoggedMessage): number {
    return this.log.append(partition, message, PLACED_AT.getTime() + this.scheduler.now);
  }
}

/** What an order is, beside its id, as the history says it. */
export function contentOf(product: string, quantity: number): string {
  return `${quantity} ${product}`;
}

const UNDECODABLE: readonly [Uint8Array | null, ...(Uint8Array | null)[]] = [
  null,
  Uint8Array.of(0xff, 0xfe),
  utf8.encode(''),
  utf8.encode('{"orderId":'),
  utf8.encode('[]'),
  utf8.encode('{"__proto__":{}}'),
  utf8.encode('['.repeat(5_000)),
];

function messageOf(orderId: string, product: string, quantity: number): LoggedMessage {
  const order = Order.place({ orderId, product, quantity, placedAt: PLACED_AT });
  const { value, headers } = encodeOrderSubmitted(order, { messageId: orderId, correlationId: orderId });
  const bytes = (text: string | Uint8Array) => (typeof text === 'string' ? utf8.encode(text) : text);
  return {
    key: utf8.encode(orderId),
    value,
    headers: Object.fromEntries(Object.entries(headers).map(([name, header]) => [name, bytes(header)])),
  };
}

function withQuantity({ value }: LoggedMessage, quantity: number): Uint8Array {
  const fields = JSON.parse(new TextDecoder().decode(value ?? undefined)) as Record<string, unknown>;
  return utf8.encode(JSON.stringify({ ...fields, quantity }));
}
