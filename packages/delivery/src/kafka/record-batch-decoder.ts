import type { DeadLetterRecord, HeaderTexts } from './dead-letter-record.js';
import { kafkajsModule } from './kafkajs-internals.js';

/** A transaction that was aborted: what its producer wrote from this offset on, up to the marker, is not to be read. */
export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: bigint;
}

export interface DecodedBatches {
  readonly records: readonly LogRecord[];
  /** The offset behind the last whole batch, whether or not its records are to be read. */
  readonly next: bigint | undefined;
}

interface Codec {
  decompress(bytes: Buffer): Promise<Buffer>;
}

const { lookupCodecByAttributes } = kafkajsModule('src/protocol/message/compression') as {
  lookupCodecByAttributes: (attributes: number) => Codec | null;
};

const HEADER_BYTES = 61;
const MAGIC = 2;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;
const LOG_APPEND_TIME = 0x08;
/** Of a control record's key: the version, then the type. */
const ABORT_KEY = Buffer.from([0, 0, 0, 0]);

/** A record that is decoded only where it is asked for: of kafkajs, each costs 12 µs with its headers. */
export class LogRecord {
  constructor(
    readonly offset: bigint,
    /** When it was sent or appended, as the topic is set; ms since the epoch. */
    readonly timestamp: number,
    private readonly buffer: Buffer,
    /** Where its key begins. */
    private readonly from: number,
    private readonly to: number,
  ) {}

  /** Before it was compressed. */
  get bytes(): number {
    return this.to - this.from;
  }

  get key(): Buffer | null {
    return new Cursor(this.buffer, this.from).bytes();
  }

  /** Its bytes are not copied. Of a header that occurs more than once the last one counts. */
  decode(): DeadLetterRecord {
    const cursor = new Cursor(this.buffer, this.from);
    const key = cursor.bytes();
    const value = cursor.bytes();
    const headers: [string, Uint8Array][] = [];
    for (let left = cursor.varint(); left > 0; left--) {
      const name = cursor.bytes() ?? EMPTY;
      headers.push([name.toString('utf8'), cursor.bytes() ?? EMPTY]);
    }
    return { key, value, headers: Object.fromEntries(headers) };
  }

  /** Of the headers with these names, which are ASCII, the texts in their places. */
  texts(places: ReadonlyMap<string, number>): HeaderTexts {
    const texts = new Array<string | undefined>(places.size).fill(undefined);
    const cursor = new Cursor(this.buffer, this.from);
    cursor.skipBytes();
    cursor.skipBytes();
    for (let left = cursor.varint(); left > 0; left--) {
      const place = places.get(cursor.text('latin1'));
      if (place === undefined) cursor.skipBytes();
      else texts[place] = cursor.text('utf8');
    }
    return texts;
  }
}

const EMPTY = Buffer.alloc(0);

/**
 * The whole batches among these bytes; the last one may be cut off.
 * @see https://kafka.apache.org/documentation/#recordbatch
 */
export async function decodeRecordBatches(
  bytes: Buffer,
  abortedTransactions: readonly AbortedTransaction[],
): Promise<DecodedBatches> {
  const records: LogRecord[] = [];
  const aborted = new Set<bigint>();
  const starting = abortedTransactions.toSorted((a, b) => Number(a.firstOffset - b.firstOffset));
  let next: bigint | undefined;
  for (let at = 0; at + HEADER_BYTES <= bytes.length;) {
    const end = at + 12 + bytes.readInt32BE(at + 8);
    if (end > bytes.length) break;
    const batch = bytes.subarray(at, end);
    if (batch.readInt8(16) !== MAGIC) throw new Error(`a batch of format ${batch.readInt8(16)}`);
    const [firstOffset, attributes] = [batch.readBigInt64BE(0), batch.readInt16BE(21)];
    const producerId = batch.readBigInt64BE(43);
    next = firstOffset + BigInt(batch.readInt32BE(23)) + 1n;
    while (starting[0] !== undefined && starting[0].firstOffset < next) {
      aborted.add(starting[0].producerId);
      starting.shift();
    }
    if ((attributes & CONTROL) !== 0) {
      const [marker] = await readRecords(batch, firstOffset, attributes);
      if (ABORT_KEY.equals(marker?.key ?? EMPTY)) aborted.delete(producerId);
    } else if ((attributes & TRANSACTIONAL) === 0 || !aborted.has(producerId)) {
      for (const record of await readRecords(batch, firstOffset, attributes)) records.push(record);
    }
    at = end;
  }
  return { records, next };
}

async function readRecords(batch: Buffer, firstOffset: bigint, attributes: number): Promise<LogRecord[]> {
  const packed = batch.subarray(HEADER_BYTES);
  const codec = lookupCodecByAttributes(attributes);
  const buffer = codec === null ? packed : await codec.decompress(packed);
  const cursor = new Cursor(buffer, 0);
  const appended = (attributes & LOG_APPEND_TIME) !== 0;
  const time = Number(batch.readBigInt64BE(appended ? 35 : 27));
  return Array.from({ length: batch.readInt32BE(57) }, () => {
    const to = cursor.varint() + cursor.at;
    cursor.at++; // attributes
    const sinceFirst = cursor.varint();
    const offset = firstOffset + BigInt(cursor.varint());
    const from = cursor.at;
    cursor.at = to;
    return new LogRecord(offset, appended ? time : time + sinceFirst, buffer, from, to);
  });
}

class Cursor {
  constructor(
    private readonly buffer: Buffer,
    public at: number,
  ) {}

  /** Zigzag, of 32 bits. */
  varint(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.buffer[this.at++];
      if (byte === undefined) throw new RangeError('a record that ends too early');
      if (shift < 32) value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return (value >>> 1) ^ -(value & 1);
    }
  }

  /** Returns where they began. */
  skipBytes(): number {
    const length = Math.max(0, this.varint());
    if (this.at + length > this.buffer.length) throw new RangeError('a record that ends too early');
    this.at += length;
    return this.at - length;
  }

  bytes(): Buffer | null {
    const before = this.at;
    if (this.varint() < 0) return null;
    this.at = before;
    const from = this.skipBytes();
    return this.buffer.subarray(from, this.at);
  }

  text(encoding: 'latin1' | 'utf8'): string {
    const from = this.skipBytes();
    return this.buffer.toString(encoding, from, this.at);
  }
}
