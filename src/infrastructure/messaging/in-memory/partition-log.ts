export interface StoredRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly timestamp: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: Readonly<Record<string, Uint8Array>>;
}

/** The records of a partition, by ascending offset. Where some were dropped, offsets are missing. */
export class PartitionLog {
  private records: StoredRecord[] = [];
  private next = 0n;

  /** The offset of the next record. */
  get end(): bigint {
    return this.next;
  }

  /** How many records it keeps. */
  get size(): number {
    return this.records.length;
  }

  append(record: Omit<StoredRecord, 'offset'>): bigint {
    const offset = this.next++;
    this.records.push({ ...record, offset });
    return offset;
  }

  /** Up to `limit` records from `offset` on, or from the first after it that is kept. */
  read(offset: bigint, limit: number): StoredRecord[] {
    const from = this.indexOf(offset);
    return this.records.slice(from, from + limit);
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
