import { ByteCursor } from './byte-cursor.js';
import { kafkajsModule } from './kafkajs-internals.js';
import { LogRecord } from './log-record.js';

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
      if (marker?.key?.equals(ABORT_KEY) === true) aborted.delete(producerId);
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
  const cursor = new ByteCursor(buffer);
  const appended = (attributes & LOG_APPEND_TIME) !== 0;
  const time = Number(batch.readBigInt64BE(appended ? 35 : 27));
  return Array.from({ length: batch.readInt32BE(57) }, () => {
    const to = cursor.varint() + cursor.at;
    cursor.at++; // attributes
    const sinceFirst = cursor.varlong();
    const offset = firstOffset + BigInt(cursor.varint());
    const from = cursor.at;
    cursor.at = to;
    return new LogRecord(offset, appended ? time : time + sinceFirst, buffer, from, to);
  });
}
