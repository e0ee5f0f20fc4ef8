import { describe, expect, it } from '@jest/globals';
import { createRequire } from 'node:module';
import type { Cluster } from '../../../src/kafka/kafkajs-internals.js';
import { findMissingRight, type NeededRight } from '../../../src/kafka/topic-rights.js';

interface Encoder {
  writeBoolean(value: boolean): Encoder;
  writeInt16(value: number): Encoder;
  writeInt32(value: number): Encoder;
  writeString(value: string | null): Encoder;
  readonly buffer: Buffer;
}
interface Exchange {
  readonly request: { readonly apiKey: number; readonly apiVersion: number; encode(): Promise<Encoder> };
  readonly response: { decode(payload: Buffer): Promise<unknown>; parse(decoded: unknown): unknown };
}

const Encoder = createRequire(import.meta.url)('kafkajs/src/protocol/encoder') as new () => Encoder;
const [NONE, NOT_AUTHORIZED, UNKNOWN_TOPIC] = [0, 29, 3];
const [READ, WRITE, DESCRIBE] = [1 << 3, 1 << 4, 1 << 8];
const NOT_ASKED = -2_147_483_648;

type Topic = readonly [name: string, errorCode: number, operations: number];

/** Of version 8, from two brokers, with a partition each. */
function aResponse(topics: readonly Topic[]): Buffer {
  const encoder = new Encoder().writeInt32(0).writeInt32(2);
  encoder.writeInt32(1).writeString('one').writeInt32(9092).writeString('rack');
  encoder.writeInt32(2).writeString('two').writeInt32(9092).writeString(null);
  encoder.writeString('cluster').writeInt32(1).writeInt32(topics.length);
  for (const [name, errorCode, operations] of topics) {
    encoder.writeInt16(errorCode).writeString(name).writeBoolean(false).writeInt32(1);
    encoder.writeInt16(0).writeInt32(0).writeInt32(1).writeInt32(0);
    encoder.writeInt32(2).writeInt32(1).writeInt32(2); // replicas
    encoder.writeInt32(1).writeInt32(1); // in sync
    encoder.writeInt32(0).writeInt32(operations);
  }
  return encoder.writeInt32(NOT_ASKED).buffer;
}

/** What is found missing, and what the broker was asked. */
async function find(needed: readonly NeededRight[], topics: readonly Topic[]) {
  const asked: Exchange[] = [];
  const send = async (exchange: Exchange) => {
    asked.push(exchange);
    return exchange.response.parse(await exchange.response.decode(aResponse(topics)));
  };
  const findConnectedBroker = () => Promise.resolve({ connectionPool: { send } });
  const missing = await findMissingRight(
    { brokerPool: { findConnectedBroker } } as unknown as Cluster,
    needed,
  );
  return { missing, asked };
}

const NEEDED: NeededRight[] = [
  { topic: 'orders', operation: 'Read' },
  { topic: 'orders', operation: 'Write' },
  { topic: 'orders.dlq', operation: 'Write' },
];
const ALL = READ | WRITE | DESCRIBE;

describe('the rights on topics', () => {
  it('are asked for once a topic, with the first version that tells them', async () => {
    const { asked } = await find(NEEDED, []);
    const [exchange] = asked;

    expect(exchange?.request).toMatchObject({ apiKey: 3, apiVersion: 8 });
    const expected = new Encoder().writeInt32(2).writeString('orders').writeString('orders.dlq');
    const question = expected.writeBoolean(false).writeBoolean(false).writeBoolean(true).buffer;
    expect((await exchange?.request.encode())?.buffer).toEqual(question);
  });

  it.each<[string, Topic[], string | undefined]>([
    [
      'all are there',
      [
        ['orders', NONE, ALL],
        ['orders.dlq', NONE, WRITE],
      ],
      undefined,
    ],
    [
      'one is missing',
      [
        ['orders', NONE, READ | DESCRIBE],
        ['orders.dlq', NONE, ALL],
      ],
      "not authorized for Write on topic 'orders'",
    ],
    [
      'not even its description is allowed',
      [
        ['orders', NONE, ALL],
        ['orders.dlq', NOT_AUTHORIZED, NOT_ASKED],
      ],
      "not authorized for Write on topic 'orders.dlq'",
    ],
    ['the topic is absent', [['orders', UNKNOWN_TOPIC, NOT_ASKED]], undefined],
  ])('are as the broker says: %s', async (_what, topics, says) => {
    expect((await find(NEEDED, topics)).missing).toBe(says);
  });
});
