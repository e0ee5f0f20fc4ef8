import { Kafka, Partitioners, logLevel, type Message, type Producer } from 'kafkajs';
import { encodeOrderSubmitted } from '../../src/application/messages/order-submitted.js';
import type { DeadLetterReason } from '../../src/application/ports/dead-letters.js';
import { anOrder } from './an-order.js';

/** What was appended to the topic past the API, and where it lies. */
export interface Put {
  readonly partition: number;
  readonly offset: string;
  /** Absent when it can't be read as an order. */
  readonly order?: { readonly orderId: string; readonly product: string };
  /** Why it must be dead-lettered; absent when it must be processed. */
  readonly reason?: DeadLetterReason;
}

/** Changes a message that a new order would have so that it can't be read as one. */
const SPOILERS: readonly ((message: Message) => Message)[] = [
  (message) => ({ ...message, value: Buffer.from([0xff, 0xfe, 0x00, 0x7b]) }),
  (message) => ({ ...message, value: String(message.value).replace('"quantity":2', '"quantity":0') }),
  (message) => ({ ...message, headers: { ...message.headers, ce_type: 'app.order.submitted.v2' } }),
  () => ({ key: null, value: null }),
];

/** A producer that is not the service, and keeps to no rule. */
export class RogueProducer {
  readonly puts: Put[] = [];
  private poisoned = 0;

  private constructor(
    private readonly topic: string,
    private readonly producer: Producer,
  ) {}

  /** @param retries of an append that failed; each may append it once more */
  static async connect(brokers: readonly string[], topic: string, retries = 5): Promise<RogueProducer> {
    const kafka = new Kafka({
      brokers: [...brokers],
      clientId: 'rogue-producer',
      logLevel: logLevel.NOTHING,
    });
    const producer = kafka.producer({
      createPartitioner: Partitioners.DefaultPartitioner,
      retry: { retries },
    });
    await producer.connect();
    return new RogueProducer(topic, producer);
  }

  /**
   * Poison of six kinds, one after another: bytes that are no text, an order that breaks a rule, an unknown version,
   * neither key nor value, other content under the id `usedId`, an order that always fails.
   */
  async putPoison(usedId: string): Promise<void> {
    const { message, put } = this.nextPoison(usedId);
    await this.append(message, put);
  }

  /** The same, where the brokers may be unavailable: then it is not known whether it lies in the topic. */
  async tryToPutPoison(
    usedId: string,
  ): Promise<Pick<Put, 'order'> & { readonly answer: 'success' | 'unknown' }> {
    const { message, put } = this.nextPoison(usedId);
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

  /** Orders once more, all in one send, as by a mirror that begins anew; as with `tryToPutPoison`, each is in the topic or not. */
  async tryToReplay(orders: readonly NonNullable<Put['order']>[]): Promise<'success' | 'unknown'> {
    const messages = orders.map(({ orderId, product }) => encode(orderId, product));
    return this.producer.send({ topic: this.topic, acks: -1, messages }).then(
      () => 'success',
      () => 'unknown',
    );
  }

  /** So many records that can't be read as orders, all in one send; each is in the topic or not. */
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

  private nextPoison(usedId: string): ToPut {
    const id = `poison-${++this.poisoned}`;
    const kind = this.poisoned % (SPOILERS.length + 2);
    const spoil = SPOILERS[kind];
    if (spoil !== undefined) return { message: spoil(encode(id, 'tea')), put: { reason: 'invalid' } };
    if (kind === SPOILERS.length) return toPut(usedId, 'of a stranger', 'conflicting');
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
