import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeFetchResponse } from '../../../src/kafka/fetch-response.js';
import { anyBytes, anyHeaders } from '../../support/any-bytes.js';

const require = createRequire(import.meta.url);
interface Encoder {
  readonly buffer: Buffer;
  writeInt16(value: number): this;
  writeInt32(value: number): this;
  writeInt64(value: bigint): this;
  writeString(value: string): this;
  writeEncoder(encoder: Encoder): this;
  writeBytes(bytes: Buffer): this;
}
// kafkajs writes, and reads for comparison
const Encoder = require('kafkajs/src/protocol/encoder') as new () => Encoder;
const { RecordBatch } = require('kafkajs/src/protocol/recordBatch/v0') as {
  RecordBatch: (batch: object) => Promise<Encoder>;
};
const Record = require('kafkajs/src/protocol/recordBatch/record/v0') as (record: object) => Encoder;
const theirs = require('kafkajs/src/protocol/requests/fetch/v11/response') as {
  decode: (payload: Buffer) => Promise<{ readonly responses: readonly TheirTopic[] }>;
};
interface TheirTopic {
  readonly topicName: string;
  readonly partitions: readonly {
    readonly messages: readonly {
      readonly offset: string;
      readonly timestamp: string;
      readonly key: Buffer | null;
      readonly value: Buffer | null;
      readonly headers: Readonly<Record<string, Buffer | Buffer[]>>;
    }[];
    readonly highWatermark: string;
    readonly [others: string]: unknown;
  }[];
}

type Bytes = Uint8Array | null;

interface GivenRecord {
  readonly key: Bytes;
  readonly value: Bytes;
  /** Each of some bytes, or several. */
  readonly headers: Readonly<Record<string, Uint8Array | readonly Uint8Array[]>>;
  readonly timestampDelta?: number;
}

interface GivenPartition {
  readonly partition: number;
  readonly errorCode: number;
  readonly preferredReadReplica: number;
  readonly batch: Promise<Buffer>;
}

const anyRecord = fc.record({
  key: fc.option(anyBytes),
  value: fc.option(anyBytes),
  headers: anyHeaders(['ce_id', 'x-correlation-id']),
  timestampDelta: fc.oneof(fc.nat(1_000), fc.integer({ min: -(2 ** 45), max: 2 ** 45 })),
});
const anyBatch = fc
  .record({
    compression: fc.constantFrom(0, 1),
    firstOffset: fc.bigInt({ min: 0n, max: 2n ** 52n }),
    records: fc.array(anyRecord, { maxLength: 8 }),
  })
  .map(({ records, ...options }) => encodeBatch(records, options));
const anyPartition: fc.Arbitrary<GivenPartition> = fc.record({
  partition: fc.nat(1_000),
  errorCode: fc.constantFrom(0, 0, 1, 6),
  preferredReadReplica: fc.constantFrom(-1, 3),
  batch: anyBatch,
});

/** Without records it has no bytes. */
async function encodeBatch(
  records: readonly GivenRecord[],
  options: { readonly firstOffset?: bigint; readonly compression?: number } = {},
): Promise<Buffer> {
  if (records.length === 0) return Buffer.alloc(0);
  const { buffer } = await RecordBatch({
    firstOffset: 0n,
    ...options,
    firstTimestamp: 1_800_000_000_000,
    lastOffsetDelta: records.length - 1,
    records: records.map(({ key, value, headers, timestampDelta = 0 }, offsetDelta) => {
      const buffers = Object.entries(headers).map(
        ([name, bytes]) => [name, bytes instanceof Uint8Array ? Buffer.from(bytes) : bytes] as const,
      );
      const encoded = { key: key && Buffer.from(key), value: value && Buffer.from(value) };
      return Record({ ...encoded, headers: Object.fromEntries(buffers), timestampDelta, offsetDelta });
    }),
  });
  return buffer;
}

async function encodeResponse(
  topics: readonly { readonly topic: string; readonly partitions: readonly GivenPartition[] }[],
  errorCode = 0,
): Promise<Buffer> {
  const encoder = new Encoder().writeInt32(7).writeInt16(errorCode).writeInt32(0).writeInt32(topics.length);
  for (const { topic, partitions } of topics) {
    encoder.writeString(topic).writeInt32(partitions.length);
    for (const { partition, errorCode: code, preferredReadReplica, batch } of partitions) {
      encoder.writeInt32(partition).writeInt16(code).writeInt64(9n).writeInt64(8n).writeInt64(0n);
      const noTransactions = 0;
      encoder
        .writeInt32(noTransactions)
        .writeInt32(preferredReadReplica)
        .writeBytes(await batch);
    }
  }
  return encoder.buffer;
}

/** To one topic with one partition. */
function responseWith(batch: Promise<Buffer>): Promise<Buffer> {
  const partition = { partition: 0, errorCode: 0, preferredReadReplica: -1, batch };
  return encodeResponse([{ topic: 'orders', partitions: [partition] }]);
}

/** Of all records in their order. */
async function headersOf(batch: Promise<Buffer>): Promise<string[][]> {
  const [fetched] = (await decodeFetchResponse(await responseWith(batch))).partitions;
  return (fetched?.records ?? []).flatMap((each) =>
    Object.entries(each.decode().headers).map(([name, bytes]) => [name, Buffer.from(bytes).toString()]),
  );
}

/** Kafkajs takes `constructor` for a header that was there before: then the last one is that of the record. */
function plain({ key, value, headers }: Pick<GivenRecord, 'key' | 'value' | 'headers'>) {
  const last = Object.entries(headers).map(([name, bytes]) => {
    return [name, [...(bytes instanceof Uint8Array ? bytes : (bytes.at(-1) ?? []))]];
  });
  return { key: key && [...key], value: value && [...value], headers: last };
}

describe('the response to a fetch', () => {
  it('is read as kafkajs reads it, in all that counts', async () => {
    const topics = fc.array(fc.record({ topic: fc.string(), partitions: fc.array(anyPartition) }), {
      maxLength: 3,
    });
    await fc.assert(
      fc.asyncProperty(topics, async (given) => {
        const payload = await encodeResponse(given);
        const { clientSideThrottleTime, partitions } = await decodeFetchResponse(payload);
        const { responses } = await theirs.decode(payload);

        expect(clientSideThrottleTime).toBe(7);
        expect(
          partitions.map(({ records, next, highWatermark, ...others }) => ({
            ...others,
            highWatermark: String(highWatermark),
            records: records.map((each) => ({
              offset: String(each.offset),
              timestamp: String(each.timestamp),
              ...plain(each.decode()),
            })),
            next: next && String(next),
          })),
        ).toEqual(
          responses.flatMap(({ topicName, partitions: each }) =>
            each.map(({ partition, errorCode, highWatermark, preferredReadReplica, messages }) => ({
              ...{ topic: topicName, partition, errorCode, highWatermark, preferredReadReplica },
              records: messages.map((message) => ({
                offset: message.offset,
                timestamp: message.timestamp,
                ...plain(message),
              })),
              next: messages.length === 0 ? undefined : String(BigInt(messages.at(-1)?.offset ?? 0) + 1n),
            })),
          ),
        );
      }),
      { numRuns: 50 },
    );
  });

  it('has of a header that occurs more than once the last one, as Kafka’s own client', async () => {
    const headers = { name: [Buffer.from('first'), Buffer.from('last')], other: Buffer.from('o') };

    expect(await headersOf(encodeBatch([{ key: null, value: null, headers }]))).toEqual([
      ['name', 'last'],
      ['other', 'o'],
    ]);
  });

  it('has an empty header where it is null', async () => {
    const batch = await encodeBatch([{ key: null, value: null, headers: { name: Buffer.alloc(0) } }]);
    batch[batch.length - 1] = 1; // its length, which is the last byte: -1 in zigzag

    expect(await headersOf(Promise.resolve(batch))).toEqual([['name', '']]);
  });

  it('tells names of headers apart, in the same place and of the same length', async () => {
    const records = ['one', 'two', 'one'].map((name) => ({
      ...{ key: null, value: null },
      headers: { [name]: Buffer.from(name) },
    }));

    expect(await headersOf(encodeBatch(records))).toEqual([
      ['one', 'one'],
      ['two', 'two'],
      ['one', 'one'],
    ]);
  });

  it('that refuses the request as a whole is an error with the name of the protocol', async () => {
    await expect(encodeResponse([], 29).then(decodeFetchResponse)).rejects.toMatchObject({
      type: 'TOPIC_AUTHORIZATION_FAILED',
    });
  });

  it('that is cut off is an error, wherever it ends', async () => {
    const payload = await responseWith(
      encodeBatch([{ key: null, value: Buffer.from('order'), headers: {} }]),
    );
    for (let end = 0; end < payload.length; end++) {
      await expect(decodeFetchResponse(payload.subarray(0, end))).rejects.toThrow(RangeError);
    }
  });
});
