import { Kafka, Partitioners, logLevel, type Message, type Producer } from 'kafkajs';
import { encodeOrderSubmitted } from '../../src/application/messages/order-submitted.js';
import type { DeadLetterReason } from '../../src/application/ports/dead-letters.js';
import { anOrder } from './an-order.js';

export interface Position {
  readonly partition: number;
  readonly offset: string;
}

/** A record that can't be carried out, and why it has to become a dead letter. */
export interface Poison extends Position {
  readonly kind: string;
  readonly reason: DeadLetterReason;
}

interface Recipe {
  readonly kind: string;
  readonly reason: DeadLetterReason;
  /** @param id a new one @param taken that of an order which lies in the log */
  message(id: string, taken: string): Message;
}

const RECIPES: readonly Recipe[] = [
  {
    kind: 'undecodable bytes',
    reason: 'invalid',
    message: (id) => ({ ...orderMessage(id, 'tea'), value: Buffer.from([0xff, 0xfe, 0x00, 0x7b]) }),
  },
  {
    kind: 'an invalid order',
    reason: 'invalid',
    message: (id) => orderMessage(id, 'tea', (json) => json.replace('"quantity":2', '"quantity":0')),
  },
  {
    kind: 'an unknown version',
    reason: 'invalid',
    message: (id) => ({ ...orderMessage(id, 'tea'), headers: { ce_type: 'app.order.submitted.v2' } }),
  },
  { kind: 'neither key nor value', reason: 'invalid', message: () => ({ key: null, value: null }) },
  {
    kind: 'other content under an id that is taken',
    reason: 'conflicting',
    message: (_id, taken) => orderMessage(taken, 'something else'),
  },
  {
    kind: 'an order that always fails',
    reason: 'exhausted',
    message: (id) => orderMessage(id, 'fail'),
  },
];

/** An order as the service itself writes it, or with its JSON changed. */
export function orderMessage(id: string, product: string, change = (json: string) => json): Message {
  const order = anOrder().withId(id).withProduct(product).placed();
  const { value, headers } = encodeOrderSubmitted(order, { messageId: id, correlationId: id });
  const texts = Object.entries(headers).map(([name, text]) => [name, String(text)] as const);
  const json = new TextDecoder().decode(value ?? undefined);
  return { key: id, value: change(json), headers: Object.fromEntries(texts) };
}

/** Somebody else who writes to the topic, and keeps to no rule. */
export class Outsider {
  readonly poison: Poison[] = [];
  private puts = 0;

  private constructor(
    private readonly topic: string,
    private readonly producer: Producer,
  ) {}

  static async connect(brokers: readonly string[], topic: string): Promise<Outsider> {
    const kafka = new Kafka({ brokers: [...brokers], clientId: 'outsider', logLevel: logLevel.NOTHING });
    const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    return new Outsider(topic, producer);
  }

  /** Each time poison of another kind. */
  async putPoison(taken: string): Promise<void> {
    const recipe = RECIPES[this.puts++ % RECIPES.length];
    if (recipe === undefined) throw new Error('there is no poison');
    const { kind, reason } = recipe;
    const position = await this.append(recipe.message(`poison-${this.puts}`, taken));
    this.poison.push({ kind, reason, ...position });
  }

  async append(message: Message): Promise<Position> {
    const [written] = await this.producer.send({ topic: this.topic, acks: -1, messages: [message] });
    if (written?.baseOffset === undefined) throw new Error('the broker did not say where it put the record');
    return { partition: written.partition, offset: written.baseOffset };
  }

  async leave(): Promise<void> {
    await this.producer.disconnect();
  }
}
