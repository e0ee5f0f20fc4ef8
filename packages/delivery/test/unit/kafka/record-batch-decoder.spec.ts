import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { encodeRecordBatch } from '../../../src/kafka/record-batch.js';
import { decodeRecordBatches, type AbortedTransaction } from '../../../src/kafka/record-batch-decoder.js';

const PRODUCER = { producerId: 7n, producerEpoch: 0, baseSequence: 0 };
const [TRANSACTIONAL, CONTROL, LOG_APPEND_TIME] = [0x10, 0x20, 0x08];
const utf8 = new TextEncoder();

const bytes = fc.uint8Array();
const headerName = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('__proto__', 'x-reason', ''));
const record = fc.record({
  key: fc.option(bytes),
  value: fc.option(bytes),
  headers: fc.array(fc.tuple(headerName, bytes)).map((all) => Object.fromEntries(all)),
});
type Given = { key: Uint8Array | null; value: Uint8Array | null; headers: Record<string, Uint8Array> };

interface BatchOptions {
  readonly compression?: 'none' | 'gzip';
  readonly attributes?: number;
  readonly producerId?: bigint;
}

async function batch(firstOffset: bigint, records: readonly Given[], options: BatchOptions = {}) {
  const { compression = 'none', attributes = 0, producerId = 7n } = options;
  const encoded = await encodeRecordBatch(
    records,
    { ...PRODUCER, producerId },
    1_800_000_000_000,
    compression,
  );
  encoded.writeBigInt64BE(firstOffset, 0);
  encoded.writeInt16BE(encoded.readInt16BE(21) | attributes, 21);
  return encoded;
}

const valued = (text: string): Given => ({ key: null, value: utf8.encode(text), headers: {} });
const marker = (type: 'abort' | 'commit'): Given => ({
  key: Uint8Array.of(0, 0, 0, type === 'abort' ? 0 : 1),
  value: new Uint8Array(6),
  headers: {},
});

async function valuesIn(batches: readonly Buffer[], aborted: readonly AbortedTransaction[] = []) {
  const { records, next } = await decodeRecordBatches(Buffer.concat(batches), aborted);
  const texts = records.map((each) => new TextDecoder().decode(each.decode().value ?? undefined));
  return { texts, next };
}

describe('batches of records', () => {
  it.each(['none', 'gzip'] as const)('are read as they were written (%s)', async (compression) => {
    await fc.assert(
      fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 50 }), async (records) => {
        const encoded = await batch(2n ** 40n, records, { compression });
        const decoded = await decodeRecordBatches(encoded, []);

        const plain = (all: readonly Given[]) =>
          all.map(({ key, value, headers }) => ({
            key: key && [...key],
            value: value && [...value],
            headers: Object.entries(headers).map(([name, header]) => [name, [...header]]),
          }));
        expect(plain(decoded.records.map((each) => each.decode() as Given))).toEqual(plain(records));
        expect(decoded.records.map(({ offset }) => offset)).toEqual(
          records.map((_, index) => 2n ** 40n + BigInt(index)),
        );
        expect(decoded.next).toBe(2n ** 40n + BigInt(records.length));
      }),
      { numRuns: 50 },
    );
  });

  it('give the texts of some headers in their places, of one that comes twice the last', async () => {
    const headers = { a: utf8.encode('one'), é: utf8.encode('no'), b: utf8.encode('é') };
    const encoded = await batch(0n, [{ key: utf8.encode('k'), value: null, headers }]);
    const [first] = (await decodeRecordBatches(encoded, [])).records;

    const places = new Map(['x', 'b', 'a'].map((name, place) => [name, place]));
    expect(first?.texts(places)).toEqual([undefined, 'é', 'one']);
    expect(String(first?.key)).toBe('k');
  });

  it('are read up to the last whole one, wherever the bytes end', async () => {
    const [first, second] = [await batch(0n, [valued('a'), valued('b')]), await batch(2n, [valued('c')])];
    const both = Buffer.concat([first, second]);
    for (let end = 0; end <= both.length; end++) {
      const whole = end === both.length ? 3 : end >= first.length ? 2 : 0;
      const { records, next } = await decodeRecordBatches(both.subarray(0, end), []);
      expect([records.length, next]).toEqual([whole, whole === 0 ? undefined : BigInt(whole)]);
    }
  });

  it('have no record of an aborted transaction, nor a marker, but what others wrote meanwhile', async () => {
    const transactional = { attributes: TRANSACTIONAL };
    const batches = [
      await batch(0n, [valued('other before')], { ...transactional, producerId: 8n }),
      await batch(1n, [valued('aborted')], transactional),
      await batch(2n, [valued('plain')]),
      await batch(3n, [marker('abort')], { attributes: TRANSACTIONAL | CONTROL }),
      await batch(4n, [valued('committed')], transactional),
      await batch(5n, [marker('commit')], { attributes: TRANSACTIONAL | CONTROL }),
      await batch(6n, [valued('aborted too')], transactional),
    ];
    const aborted = [6n, 1n].map((firstOffset) => ({ producerId: 7n, firstOffset }));

    expect(await valuesIn(batches, aborted)).toEqual({
      texts: ['other before', 'plain', 'committed'],
      next: 7n,
    });
  });

  it('can not be read in a format, or a compression, that kafkajs has not', async () => {
    const [old, snappy] = [await batch(0n, [valued('a')]), await batch(0n, [valued('a')], { attributes: 2 })];
    old.writeInt8(1, 16);

    await expect(decodeRecordBatches(old, [])).rejects.toThrow('format 1');
    await expect(decodeRecordBatches(snappy, [])).rejects.toThrow('Snappy');
  });
});

describe('the time of a record', () => {
  const timesIn = async (encoded: Buffer) =>
    (await decodeRecordBatches(encoded, [])).records.map(({ timestamp }) => timestamp);

  it('is that of the producer, or that of the append where the topic is set so', async () => {
    const encoded = await batch(0n, [valued('a'), valued('b')]);
    expect(await timesIn(encoded)).toEqual([1_800_000_000_000, 1_800_000_000_000]);
    encoded.writeBigInt64BE(1_800_000_000_007n, 35);
    expect(await timesIn(encoded)).toEqual([1_800_000_000_000, 1_800_000_000_000]);
    encoded.writeInt16BE(encoded.readInt16BE(21) | LOG_APPEND_TIME, 21);
    expect(await timesIn(encoded)).toEqual([1_800_000_000_007, 1_800_000_000_007]);
  });

  it('counts from that of the first one of its batch', async () => {
    const encoded = await batch(0n, [valued('a'), valued('b')]);
    encoded[61 + 2] = 10; // zigzag of 5, behind the length and the attributes of the first record
    expect(await timesIn(encoded)).toEqual([1_800_000_000_005, 1_800_000_000_000]);
  });
});
