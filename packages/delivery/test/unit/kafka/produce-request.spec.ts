import { describe, expect, it } from '@jest/globals';
import { createRequire } from 'node:module';
import type { Broker } from '../../../src/kafka/kafkajs-internals.js';
import { produce } from '../../../src/kafka/produce-request.js';
import { encodeRecordBatch } from '../../../src/kafka/record-batch.js';

interface Encoded {
  readonly buffer: Buffer;
}
interface Exchange {
  readonly request: { readonly apiKey: number; readonly apiVersion: number; encode(): Promise<Encoded> };
  readonly response: { decode(payload: Buffer): Promise<unknown>; parse(decoded: unknown): unknown };
}

const require = createRequire(import.meta.url);
const kafkajs = require('kafkajs/src/protocol/requests/produce') as {
  protocol: (of: { version: number }) => (fields: object) => Exchange;
};
const Encoder = require('kafkajs/src/protocol/encoder') as new () => {
  writeInt16(value: number): InstanceType<typeof Encoder>;
  writeInt32(value: number): InstanceType<typeof Encoder>;
  writeInt64(value: string): InstanceType<typeof Encoder>;
  writeString(value: string): InstanceType<typeof Encoder>;
  readonly buffer: Buffer;
};

const PRODUCER = { producerId: 7n, producerEpoch: 0 };
const TIME = 1_800_000_000_000;
const aMessage = (key: string) => ({ key, value: Buffer.from(key), headers: {}, timestamp: String(TIME) });

/** A broker that has what was sent, and responds with these bytes. */
function aBroker(payload: Buffer) {
  const sent: Exchange[] = [];
  const send = async (exchange: Exchange) => {
    sent.push(exchange);
    return exchange.response.parse(await exchange.response.decode(payload));
  };
  return { sent, broker: { connectionPool: { send } } as unknown as Broker };
}

/** Of version 7: partition, code of the error, offset. */
function aResponse(...partitions: readonly (readonly [number, number, bigint])[]): Buffer {
  const encoder = new Encoder().writeInt32(1).writeString('orders').writeInt32(partitions.length);
  for (const [partition, code, offset] of partitions) {
    encoder
      .writeInt32(partition)
      .writeInt16(code)
      .writeInt64(String(offset))
      .writeInt64('-1')
      .writeInt64('0');
  }
  return encoder.writeInt32(0).buffer;
}

describe('a request with batches of several partitions', () => {
  it('has the bytes that it has in kafkajs', async () => {
    const messages = { 3: [aMessage('a'), aMessage('b')], 12: [aMessage('ü')] };
    const { broker, sent } = aBroker(aResponse([3, 0, 1n], [12, 0, 2n]));
    const batches = await Promise.all(
      Object.entries(messages).map(async ([partition, records]) => ({
        partition: Number(partition),
        bytes: await encodeRecordBatch(records, { ...PRODUCER, baseSequence: 5 }, TIME, 'none'),
      })),
    );
    await produce(broker, 'orders', batches);

    const partitions = Object.entries(messages).map(([partition, records]) => {
      return { partition: Number(partition), firstSequence: 5, messages: records };
    });
    const fields = { acks: -1, timeout: 1_800, producerId: '7', producerEpoch: 0, transactionalId: null };
    const expected = kafkajs.protocol({ version: 7 })({
      ...fields,
      topicData: [{ topic: 'orders', partitions }],
    });
    const [{ request } = expected] = sent;
    expect([request.apiKey, request.apiVersion]).toEqual([
      expected.request.apiKey,
      expected.request.apiVersion,
    ]);
    expect((await request.encode()).buffer).toEqual((await expected.request.encode()).buffer);
  });

  it('is answered for each partition', async () => {
    const largest = 2n ** 63n - 1n;
    const { broker } = aBroker(aResponse([3, 0, largest], [4, 6, -1n], [5, 87, -1n], [6, 19, -1n]));

    const responses = await produce(broker, 'orders', []);

    expect(responses.get(3)).toEqual({ baseOffset: largest });
    const errorOf = (partition: number) => responses.get(partition)?.error;
    expect(errorOf(4)).toMatchObject({ type: 'NOT_LEADER_FOR_PARTITION', retriable: true });
    expect(errorOf(5)).toMatchObject({ retriable: false });
    expect(errorOf(6)).toMatchObject({ type: 'NOT_ENOUGH_REPLICAS', retriable: true });
    expect(responses.size).toBe(4);
  });

  it('is answered for none when the response has no topic', async () => {
    const { broker } = aBroker(Buffer.alloc(8));

    expect((await produce(broker, 'orders', [])).size).toBe(0);
  });

  it('says what a broker responds that is no answer', async () => {
    const { broker } = aBroker(aResponse([3, 0, 1n]).subarray(0, 20));

    await expect(produce(broker, 'orders', [])).rejects.toThrow('out of range');
  });
});
