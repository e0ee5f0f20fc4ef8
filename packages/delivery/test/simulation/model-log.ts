import type { ReceivedRecord, RecordBatch } from '../../src/engine/record-source.js';

export type LoggedMessage = Pick<ReceivedRecord, 'key' | 'value' | 'headers'>;

interface Partition {
  readonly start: number;
  /** By offset, from `start` on; an offset without a record is what a transaction's marker leaves. */
  readonly entries: (ReceivedRecord | undefined)[];
  readonly waiting: (() => void)[];
}

/** The topic. */
export class ModelLog {
  private readonly partitions: readonly Partition[];

  /** @param starts by partition, the first offset that the log still has */
  constructor(
    readonly topic: string,
    starts: readonly number[],
  ) {
    this.partitions = starts.map((start) => ({ start, entries: [], waiting: [] }));
  }

  get partitionCount(): number {
    return this.partitions.length;
  }

  /** Returns the record's offset. */
  append(partition: number, message: LoggedMessage, timestamp: number): number {
    const offset = this.end(partition);
    const place = { topic: this.topic, partition, offset: BigInt(offset), timestamp };
    this.add(partition, { ...message, ...place });
    return offset;
  }

  appendMarker(partition: number): void {
    this.add(partition, undefined);
  }

  start(partition: number): number {
    return this.of(partition).start;
  }

  /** The offset of the next record. */
  end(partition: number): number {
    const { start, entries } = this.of(partition);
    return start + entries.length;
  }

  read(partition: number, from: bigint, limit: number): RecordBatch {
    const { start, entries } = this.of(partition);
    const found = entries.slice(Number(from) - start, Number(from) - start + limit);
    return {
      partition,
      from,
      to: from + BigInt(found.length),
      records: found.filter((record) => record !== undefined),
    };
  }

  /** Resolves when there is something to read at `position`. */
  async readable(partition: number, position: bigint): Promise<void> {
    if (Number(position) < this.end(partition)) return;
    await new Promise<void>((resolve) => this.of(partition).waiting.push(resolve));
    await this.readable(partition, position);
  }

  private add(partition: number, entry: ReceivedRecord | undefined): void {
    const log = this.of(partition);
    log.entries.push(entry);
    for (const callback of log.waiting.splice(0)) callback();
  }

  private of(partition: number): Partition {
    const found = this.partitions[partition];
    if (found === undefined) throw new RangeError(`there is no partition ${partition}`);
    return found;
  }
}
