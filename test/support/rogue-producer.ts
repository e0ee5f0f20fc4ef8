import { Kafka, Partitioners, logLevel, type Message, type Producer } from 'kafkajs';
import { encodeOrderSubmitted } from '../../src/application/messages/order-submitted.js';
import type { DeadLetterReason } from '../../src/application/ports/dead-letters.js';
import { anOrder } from './an-order.js';

/** What was put into the topic past the API, and where it lies. */
export interface Put {
  readonly partition: number;
  readonly offset: string;
  /** Absent when it can't be read as an order. */
  readonly order?: { readonly orderId: string; readonly product: string };
  /** Why it has to become a dead letter; absent when it has to be carried out. */
  readonly reason?: DeadLetterReason;
}

/** Changes a message that a new order would have so that it can't be read as one. */
const SPOILERS: readonly ((message: Message) => Message)[] = [
  (message) => ({ ...message, value: Buffer.from([0xff, 0xfe, 0x00, 0x7b]) }),
  (message) => ({ ...message, value: String(message.value).replace('"quantity":2', '"quantity":0') }),
  (message) => ({ ...message, headers: { ...message.headers, ce_type: 'app.order.submitted.v2' } }),
  () => ({ key: null, value: null }),
];

/** Somebody else who writes to the topic, and keeps to no rule. */
export class RogueProducer {
  readonly puts: Put[] = [];
  private poisoned = 0;

  private constructor(
    private readonly topic: string,
    private readonly producer: Producer,
  ) {}

  /** @param retries of a put that failed; each may put it there once more */
  static async connect(brokers: readonly string[], topic: string, retries = 5): Promise<RogueProducer> {
    const kafka = new Kafka({ brokers: [...brokers], clientId: 'outsider', logLevel: logLevel.NOTHING });
    const producer = kafka.producer({
      createPartitioner: Partitioners.DefaultPartitioner,
      retry: { retries },
    });
    await producer.connect();
    return new RogueProducer(topic, producer);
  }

  /**
   * Poison of six kinds, one after another: bytes that are no text, an order that breaks a rule, an unknown version,
   * neither key nor value, other content under the id of `taken`, an order that always fails.
   */
  async putPoison(taken: string): Promise<void> {
    const { message, put } = this.nextPoison(taken);
    await this.append(message, put);
  }

  /** The same, where the brokers may be away: then it is not known whether it lies in the log. */
  async tryToPutPoison(
    taken: string,
  ): Promise<Pick<Put, 'order'> & { readonly answer: 'success' | 'unknown' }> {
    const { message, put } = this.nextPoison(taken);
    const answer = await this.append(message, put).then(
      () => 'success' as const,
      () => 'unknown' as const,
    );
    return { ...put, answer };
  }

  async putOrder(orderId: string, product: string, reason?: DeadLetterReason): Promise<void> {
    const { message, put } = toPut(orderId, product, reason);
    await this.append(message, put);
  }

  /** Orders once more, all in one go, as a mirror does that begins anew; like `tryToPutPoison`, each is in the log or not. */
  async tryToReplay(orders: readonly NonNullable<Put['order']>[]): Promise<'success' | 'unknown'> {
    const messages = orders.map(({ orderId, product }) => encode(orderId, product));
    return this.producer.send({ topic: this.topic, acks: -1, messages }).then(
      () => 'success',
      () => 'unknown',
    );
  }

  /** So many records that can't be read as orders, all in one go; each is in the topic or not. */
  async tryToPutUnreadable(count: number): Promise<void> {
    const messages = Array.from({ length: count }, (_, index) => ({
      key: `unreadable-${index}`,
      value: '{',
    }));
    await this.producer.send({ topic: this.topic, acks: -1, messages }).catch(() => undefined);
  }

  async close(): Promise<void> {
    await this.producer.disconnect();
  }

  private nextPoison(taken: string): ToPut {
    const id = `poison-${++this.poisoned}`;
    const kind = this.poisoned % (SPOILERS.length + 2);
    const spoil = SPOILERS[kind];
    if (spoil !== undefined) return { message: spoil(encode(id, 'tea')), put: { reason: 'invalid' } };
    if (kind === SPOILERS.length) return toPut(taken, 'of a stranger', 'conflicting');
    return toPut(id, 'fail', 'exhausted');
  }

  private async append(message: Message, put: ToPut['put']): Promise<void> {
    const [written] = await this.producer.send({ topic: this.topic, acks: -1, messages: [message] });
    if (written?.baseOffset === undefined) throw new Error('the broker did not say where it put the record');
    this.puts.push({ ...put, partition: written.partition, offset: written.baseOffset });
  }
}

interface ToPut {
  readonly message: Message;
  readonly put: Pick<Put, 'order' | 'reason'>;
}

function toPut(orderId: string, product: string, reason?: DeadLetterReason): ToPut {
  return {
    message: encode(orderId, product),
    put: { order: { orderId, product }, ...(reason && { reason }) },
  };
}

/** As the service itself writes it. */
function encode(orderId: string, product: string): Message {
  const order = anOrder().withId(orderId).withProduct(product).placed();
  const { value, headers } = encodeOrderSubmitted(order, { messageId: orderId, correlationId: orderId });
  const texts = Object.entries(headers).map(([name, text]) => [name, String(text)]);
  return {
    key: orderId,
    value: new TextDecoder().decode(value ?? undefined),
    headers: Object.fromEntries(texts) as Record<string, string>,
  };
}
