import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Message } from '../engine/publisher.js';
import { kafkajsModule } from './kafkajs-internals.js';

/** What an idempotent producer is known by. */
export interface ProducerId {
  readonly producerId: bigint;
  readonly producerEpoch: number;
}

/** And how many records it has sent to the partition before. */
export interface ProducerState extends ProducerId {
  readonly baseSequence: number;
}

export type Compression = keyof typeof ATTRIBUTES;

type Bytes = string | Uint8Array | null;

/** How many bytes a value takes. */
interface Sizes {
  sizeOfVarInt(value: number): number;
  sizeOfVarIntBytes(bytes: Bytes | undefined): number;
}

const HEADER_BYTES = 61;
/** What the length of a batch counts from: its base offset and the length itself lie before. */
const LENGTH_FROM = 12;
const CRC_AT = 17;
const CRC_FROM = 21;
const MAGIC = 2;
const ATTRIBUTES = { none: 0, gzip: 1 } as const;

const compressed = promisify(gzip);
const Encoder = kafkajsModule('src/protocol/encoder') as Sizes;
const crc32C = kafkajsModule('src/protocol/recordBatch/crc32C') as (bytes: Uint8Array) => number;

/**
 * A batch of Kafka's format, all of its records of the time `timestamp`, in ms since the epoch. One that is compressed takes
 * a moment.
 * @see https://kafka.apache.org/documentation/#recordbatch
 */
export function encodeRecordBatch(
  records: readonly Message[],
  producer: ProducerState,
  timestamp: number,
  compression: Compression,
): Buffer | Promise<Buffer> {
  const plain = encodeRecords(records);
  if (compression === 'none') return withHeader(plain, records.length, producer, timestamp, compression);
  return compressed(plain.subarray(HEADER_BYTES)).then((body) => {
    const batch = Buffer.concat([plain.subarray(0, HEADER_BYTES), body]);
    return withHeader(batch, records.length, producer, timestamp, compression);
  });
}

function withHeader(
  batch: Buffer,
  records: number,
  producer: ProducerState,
  timestamp: number,
  compression: Compression,
): Buffer {
  batch.fill(0, 0, 8); // base offset, the broker's to give
  batch.writeInt32BE(batch.length - LENGTH_FROM, 8);
  batch.writeInt32BE(0, 12); // leader epoch, the broker's too
  batch.writeInt8(MAGIC, 16);
  batch.writeInt16BE(ATTRIBUTES[compression], CRC_FROM);
  batch.writeInt32BE(records - 1, 23); // delta of the last offset
  writeTime(batch, timestamp, 27); // of the first record
  writeTime(batch, timestamp, 35); // of the last one
  batch.writeBigInt64BE(producer.producerId, 43);
  batch.writeInt16BE(producer.producerEpoch, 51);
  batch.writeInt32BE(producer.baseSequence, 53);
  batch.writeInt32BE(records, 57);
  batch.writeUInt32BE(crc32C(batch.subarray(CRC_FROM)), CRC_AT);
  return batch;
}

/** Of 64 bits, of which a number has 53. */
function writeTime(batch: Buffer, timestamp: number, at: number): void {
  batch.writeUInt32BE(Math.floor(timestamp / 2 ** 32), at);
  batch.writeUInt32BE(timestamp % 2 ** 32, at + 4);
}

/** The records, behind room for the header. */
function encodeRecords(records: readonly Message[]): Buffer {
  const lengths = records.map(recordLength);
  const bytes = lengths.reduce((sum, length) => sum + Encoder.sizeOfVarInt(length) + length, HEADER_BYTES);
  const buffer = Buffer.allocUnsafe(bytes);
  let at = HEADER_BYTES;
  records.forEach((record, index) => {
    at = writeVarint(buffer, at, lengths[index] ?? 0);
    at = writeRecord(buffer, at, record, index);
  });
  return buffer;
}

/** Of a record without its own length: attributes, delta of its time, delta of its offset, key, value, headers. */
function recordLength({ key, value, headers }: Message, offsetDelta: number): number {
  const names = Object.keys(headers);
  let length = 2 + Encoder.sizeOfVarInt(offsetDelta) + Encoder.sizeOfVarInt(names.length);
  for (const field of [key, value]) length += Encoder.sizeOfVarIntBytes(field);
  for (const name of names)
    length += Encoder.sizeOfVarIntBytes(name) + Encoder.sizeOfVarIntBytes(headers[name]);
  return length;
}

function writeRecord(
  buffer: Buffer,
  start: number,
  { key, value, headers }: Message,
  offsetDelta: number,
): number {
  buffer[start] = 0; // attributes: none are defined
  buffer[start + 1] = 0; // all have the time of the batch
  let at = writeVarint(buffer, start + 2, offsetDelta);
  at = writeBytes(buffer, at, key);
  at = writeBytes(buffer, at, value);
  const names = Object.keys(headers);
  at = writeVarint(buffer, at, names.length);
  for (const name of names) at = writeBytes(buffer, writeBytes(buffer, at, name), headers[name]);
  return at;
}

function writeBytes(buffer: Buffer, at: number, bytes: Bytes = null): number {
  if (bytes === null) return writeVarint(buffer, at, -1);
  const length = Buffer.byteLength(bytes);
  const start = writeVarint(buffer, at, length);
  if (typeof bytes !== 'string') buffer.set(bytes, start);
  else if (bytes.length !== length) buffer.write(bytes, start);
  else for (let index = 0; index < length; index++) buffer[start + index] = bytes.charCodeAt(index); // ASCII
  return start + length;
}

/** Zigzag: 0, -1, 1, -2, … are 0, 1, 2, 3, … */
const zigzag = (value: number): number => (value << 1) ^ (value >> 31);

function writeVarint(buffer: Buffer, at: number, value: number): number {
  let left = zigzag(value);
  for (; left >= 0x80; left >>>= 7) buffer[at++] = (left & 0x7f) | 0x80;
  buffer[at++] = left;
  return at;
}
