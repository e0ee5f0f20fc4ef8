import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createRequire } from 'node:module';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import type { Message } from '../../../src/engine/publisher.js';
import { encodeRecordBatch } from '../../../src/kafka/record-batch.js';

interface SentRequest {
  encode(): Promise<{ buffer: Buffer }>;
}
type Produce = (fields: object) => SentRequest;

const REQUEST = 'kafkajs/src/protocol/requests/produce/v7/request';
const RECORDS_FROM = 61;
const NOW = 1_800_000_000_000;
const PRODUCER = { producerId: 2n ** 62n, producerEpoch: 7 };
const MESSAGE = { key: 'key', value: Buffer.from([1]), headers: { type: 'order' } };
const [NONE, GZIP] = [0, 1];

const require = createRequire(import.meta.url);

function aRequest(messages: readonly object[], compression = NONE, firstSequence = 0) {
  const topicData = [{ topic: 'orders', partitions: [{ partition: 3, firstSequence, messages }] }];
  const { producerEpoch } = PRODUCER;
  const producerId = String(PRODUCER.producerId);
  return { acks: -1, timeout: 2_000, compression, producerId, producerEpoch, topicData };
}

async function encode(request: SentRequest): Promise<Buffer> {
  return (await request.encode()).buffer;
}

const text = fc.string({ unit: 'binary' }).map((any) => any.toWellFormed());
const bytes = fc.uint8Array().map((array) => Buffer.from(array));
const message: fc.Arbitrary<Message> = fc.record({
  key: fc.option(fc.oneof(text, bytes)),
  value: fc.option(bytes),
  headers: fc.dictionary(text, fc.oneof(text, bytes)),
});

const unpatched = require(REQUEST) as Produce;

beforeEach(() => {
  jest.spyOn(Date, 'now').mockReturnValue(NOW);
});

describe('a batch of records', () => {
  it('is encoded as by kafkajs, whatever is in it', async () => {
    const batches = fc.array(message, { minLength: 1, maxLength: 200 });
    const sequences = fc.integer({ min: 0, max: 2 ** 31 - 1 });
    await fc.assert(
      fc.asyncProperty(batches, sequences, async (records, baseSequence) => {
        const batch = await encodeRecordBatch(records, { ...PRODUCER, baseSequence }, NOW, 'none');
        const request = await encode(unpatched(aRequest(records, NONE, baseSequence)));

        expect(batch).toEqual(request.subarray(-batch.length));
        expect(batch.readInt32BE(8)).toBe(batch.length - 12);
      }),
    );
  });

  it('may have any bytes, not only buffers', async () => {
    const batchOf = (value: Uint8Array) =>
      encodeRecordBatch([{ ...MESSAGE, value }], { ...PRODUCER, baseSequence: 0 }, NOW, 'none');

    expect(await batchOf(new Uint8Array([0, 1, 255]))).toEqual(await batchOf(Buffer.from([0, 1, 255])));
  });

  it('may be compressed, all but its header', async () => {
    const records = Array.from({ length: 100 }, () => MESSAGE);
    const producer = { ...PRODUCER, baseSequence: 0 };
    const plain = await encodeRecordBatch(records, producer, NOW, 'none');
    const compressed = await encodeRecordBatch(records, producer, NOW, 'gzip');

    expect(gunzipSync(compressed.subarray(RECORDS_FROM))).toEqual(plain.subarray(RECORDS_FROM));
    expect(compressed.readInt32BE(8)).toBe(compressed.length - 12);
    expect([plain, compressed].map((batch) => batch.readInt16BE(21))).toEqual([NONE, GZIP]);
  });
});
