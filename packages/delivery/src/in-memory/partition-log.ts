import type { Message } from '../engine/publisher.js';
import type { ReceivedRecord } from '../engine/record-source.js';
import { fromBytes, toBytes } from './record-bytes.js';

interface KeptRecord {
  readonly offset: bigint;
  readonly timestamp: number;
  readonly bytes: Buffer;
}

/** The records of a partition, by ascending offset. Where some were dropped, offsets are missing. */
export class PartitionLog {
  private records: KeptRecord[] = [];
  private next = 0n;

  constructor(
    private readonly topic: string,
    private readonly partition: number,
  ) {}

  /** The offset of the next record. */
  get end(): bigint {
    return this.next;
  }

  get size(): number {
    return this.records.length;
  }

  /** Returns the record's offset. Bytes are copied. */
  append(content: Message, timestamp: number): bigint {
    const bytes = toBytes(content);
    const offset = this.next++;
    this.records.push({ offset, timestamp, bytes });
    return offset;
  }

  /** Up to `limit` records from `start` on, or from the first after it that is kept. */
  read(start: bigint, limit = Infinity): ReceivedRecord[] {
    const from = this.indexOf(start);
    const { topic, partition } = this;
    return this.records.slice(from, from + limit).map(({ offset, timestamp, bytes }) => {
      return { topic, partition, offset, timestamp, ...fromBytes(bytes) };
    });
  }

  /** Drops what lies below `offset` when that is more than `few` records. */
  dropBelow(offset: bigint, few: number): void {
    const count = this.indexOf(offset);
    if (count > few) this.records.splice(0, count);
  }

  /** @param isNeeded is asked for each record, by ascending offset */
  keepOnly(isNeeded: (offset: bigint) => boolean): void {
    this.records = this.records.filter(({ offset }) => isNeeded(offset));
  }

  /** Of the first record that is kept at or after `offset`. */
  private indexOf(offset: bigint): number {
    let [low, high] = [0, this.records.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.records[middle]?.offset ?? offset) < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
