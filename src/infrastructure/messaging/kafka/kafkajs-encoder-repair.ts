import { createRequire } from 'node:module';

type Bytes = string | Uint8Array;

interface Record {
  readonly offsetDelta?: number;
  readonly timestampDelta?: number;
  readonly key?: Bytes | null;
  readonly value?: Bytes | null;
  readonly headers?: Readonly<globalThis.Record<string, Bytes>>;
}

/** As much of an encoder of kafkajs as is read of one that is done. */
interface Encoded {
  readonly buf: Buffer;
  readonly buffer: Buffer;
}

const RECORD = 'kafkajs/src/protocol/recordBatch/record/v0';
const require = createRequire(import.meta.url);

/**
 * kafkajs makes a buffer of 512 bytes for a record and for each of its headers, and copies one into the other: half of the
 * time that sending takes. It loads what encodes records when it sends the first ones.
 */
export function encodeRecordsAtOnce(): void {
  require(RECORD);
  const loaded = require.cache[require.resolve(RECORD)];
  if (loaded !== undefined) loaded.exports = encodeRecord;
}

/**
 * A record of a batch, as Kafka's record format has it.
 * @see https://kafka.apache.org/documentation/#record
 */
export function encodeRecord({
  offsetDelta = 0,
  timestampDelta = 0,
  key = null,
  value = null,
  headers = {},
}: Record): Encoded {
  const names = Object.keys(headers);
  let length = 1 + sizeOf(timestampDelta) + sizeOf(offsetDelta) + sizeOf(names.length);
  length += encodedLengthOf(key) + encodedLengthOf(value);
  for (const name of names) length += encodedLengthOf(name) + encodedLengthOf(headers[name]);

  const buffer = Buffer.allocUnsafe(sizeOf(length) + length);
  let at = writeVarint(buffer, 0, length);
  buffer[at++] = 0; // attributes: none are defined
  at = writeVarint(buffer, at, timestampDelta);
  at = writeVarint(buffer, at, offsetDelta);
  at = writeBytes(buffer, at, key);
  at = writeBytes(buffer, at, value);
  at = writeVarint(buffer, at, names.length);
  for (const name of names) at = writeBytes(buffer, writeBytes(buffer, at, name), headers[name]);
  return { buf: buffer, buffer };
}

function encodedLengthOf(bytes: Bytes | null = null): number {
  const length = lengthOf(bytes);
  return sizeOf(length) + Math.max(0, length);
}

function lengthOf(bytes: Bytes | null): number {
  if (bytes === null) return -1;
  return typeof bytes === 'string' ? Buffer.byteLength(bytes) : bytes.byteLength;
}

function writeBytes(buffer: Buffer, at: number, bytes: Bytes | null = null): number {
  const length = lengthOf(bytes);
  const start = writeVarint(buffer, at, length);
  if (bytes === null) return start;
  if (typeof bytes !== 'string') buffer.set(bytes, start);
  else if (bytes.length !== length) buffer.write(bytes, start);
  else for (let index = 0; index < length; index++) buffer[start + index] = bytes.charCodeAt(index); // ASCII
  return start + length;
}

/** Zigzag: 0, -1, 1, -2, … are 0, 1, 2, 3, … Times are up to 2^53, so this does without bit operations. */
const zigzag = (value: number): number => (value < 0 ? -2 * value - 1 : 2 * value);

function sizeOf(value: number): number {
  let size = 1;
  for (let left = zigzag(value); left >= 0x80; left = Math.floor(left / 0x80)) size++;
  return size;
}

function writeVarint(buffer: Buffer, at: number, value: number): number {
  let left = zigzag(value);
  for (; left >= 0x80; left = Math.floor(left / 0x80)) buffer[at++] = (left % 0x80) | 0x80;
  buffer[at++] = left;
  return at;
}
