import { describe, expect, it, jest } from '@jest/globals';
import { createRequire } from 'node:module';
import fc from 'fast-check';
import { encodeRecord } from '../../../../src/infrastructure/messaging/kafka/kafkajs-encoder-repair.js';
import { applyKafkajsRepairs } from '../../../../src/infrastructure/messaging/kafka/kafkajs-repairs.js';

type Encode = (record: object) => { buf: Buffer; buffer: Buffer };

const RECORD = 'kafkajs/src/protocol/recordBatch/record/v0';
const REQUEST = 'kafkajs/src/protocol/requests/produce/v3/request';

const require = createRequire(import.meta.url);

/** As kafkajs came. */
function original(): Encode {
  jest.resetModules();
  return require(RECORD) as Encode;
}

const bytes = fc.oneof(
  fc.string({ unit: 'binary' }).map((text) => text.toWellFormed()),
  fc.uint8Array().map((array) => Buffer.from(array)),
);
const record = fc.record({
  offsetDelta: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
  timestampDelta: fc.integer({ min: 0, max: 2 ** 47 }),
  key: fc.option(bytes),
  value: fc.option(bytes),
  headers: fc.dictionary(
    fc.string({ unit: 'binary' }).map((text) => text.toWellFormed()),
    bytes,
  ),
});

describe('a record that is sent', () => {
  it('is encoded as by kafkajs as it came, whatever it is', () => {
    const encode = original();
    fc.assert(
      fc.property(record, (any) => {
        expect(encodeRecord(any).buffer).toEqual(encode(any).buffer);
      }),
    );
  });

  it('may have any bytes, not only buffers', () => {
    const value = new Uint8Array([0, 1, 255]);
    expect(encodeRecord({ value }).buffer).toEqual(original()({ value: Buffer.from(value) }).buffer);
  });

  it('is encoded so in the requests of kafkajs', async () => {
    jest.resetModules();
    applyKafkajsRepairs();
    const produce = require(REQUEST) as (fields: object) => { encode(): Promise<{ buffer: Buffer }> };
    const messages = [{ key: 'key', value: new Uint8Array([1]), headers: {} }];
    const request = produce({
      acks: -1,
      timeout: 1,
      topicData: [{ topic: 'orders', partitions: [{ partition: 0, messages }] }],
    });

    expect((await request.encode()).buffer.includes(encodeRecord(messages[0] ?? {}).buffer)).toBe(true);
  });
});
