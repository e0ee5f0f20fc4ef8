import type { DeadLetter, DeadLetterFilter, DeadLetterOrder } from '../engine/dead-letters.js';
import type { Logger } from '../engine/logger.js';
import { decodeDeadLetter, HEADER_PLACES, parseHead, parseResolution } from './dead-letter-record.js';
import { PartitionIndex, type Unresolved } from './partition-index.js';
import type { LogRecord } from './log-record.js';
import type { LogEnds } from './starting-positions.js';
import type { TopicReader } from './topic-reader.js';

/** Of each partition: a dead letter that is appended again, after a crash, is appended soon. */
const RESOLVED_REMEMBERED = 10_000;
/** Compressed: ten times as much is decoded at a time. */
const MAX_FETCH_BYTES = 256 * 1024;

interface Partition {
  index: PartitionIndex;
  /** Up to which it has been read. */
  position: bigint;
}

/** The unresolved dead letters of the topic. It reads on from where it was when it is asked, and keeps none of their bytes. */
export class DeadLetterIndex<Reason extends string> {
  private readonly partitions = new Map<number, Partition>();
  private reading: Promise<void> | undefined;
  private readingNext: Promise<void> | undefined;

  constructor(
    private readonly topic: string,
    private readonly reader: TopicReader,
    private readonly reasons: readonly Reason[],
    private readonly logger: Logger,
  ) {}

  /** What matches at this moment. */
  async find(filter: DeadLetterFilter<Reason>, order: DeadLetterOrder = 'message'): Promise<Unresolved[]> {
    await this.catchUp();
    const partitions = [...this.partitions].sort(([a], [b]) => a - b);
    const found = partitions
      .filter(([partition]) => filter.origin === undefined || filter.origin.partition === partition)
      .flatMap(([, { index }]) => index.matching(filter));
    return order === 'newest' ? found.sort((a, b) => b.at - a.at) : found;
  }

  /** In the order given; without the ones whose records were deleted meanwhile. */
  async load(entries: readonly Unresolved[]): Promise<DeadLetter<Reason>[]> {
    const loaded = new Map<Unresolved, DeadLetter<Reason>>();
    for (const partition of new Set(entries.map(({ origin }) => origin.partition))) {
      const wanted = entries.filter(({ origin }) => origin.partition === partition);
      await this.loadPartition(partition, wanted, loaded);
    }
    return entries.flatMap((entry) => loaded.get(entry) ?? []);
  }

  private async loadPartition(
    partition: number,
    entries: readonly Unresolved[],
    loaded: Map<Unresolved, DeadLetter<Reason>>,
  ): Promise<void> {
    const wanted = entries.toSorted((a, b) => Number(a.position - b.position));
    for (let first = wanted[0]; first !== undefined; first = wanted[0]) {
      const bytes = wanted.reduce((sum, entry) => sum + entry.bytes, 0);
      const fetched = await this.reader.fetch(partition, first.position, Math.min(bytes, MAX_FETCH_BYTES));
      const records = new Map(fetched.records.map((record) => [record.offset, record]));
      for (; wanted[0] !== undefined && wanted[0].position < fetched.next; wanted.shift()) {
        const record = records.get(wanted[0].position);
        const deadLetter = record && decodeDeadLetter(record.decode(), this.reasons);
        if (deadLetter !== undefined) loaded.set(wanted[0], deadLetter);
      }
    }
  }

  /** A read that goes on may have asked for the ends before: so this one waits for the next, with all others. */
  private catchUp(): Promise<void> {
    this.readingNext ??= this.readAfter(this.reading);
    return this.readingNext;
  }

  private async readAfter(reading: Promise<void> | undefined): Promise<void> {
    await reading?.catch(() => undefined); // its caller is told
    this.reading = this.readingNext;
    this.readingNext = undefined;
    await this.readOn();
  }

  private async readOn(): Promise<void> {
    let unknown = 0;
    try {
      for (const [number, ends] of await this.reader.ends()) {
        const partition = this.openPartition(number, ends);
        while (partition.position < ends.high) {
          const { records, next } = await this.reader.fetch(number, partition.position, MAX_FETCH_BYTES);
          for (const record of records) if (!this.take(record, number, partition.index)) unknown++;
          partition.position = next;
        }
      }
    } finally {
      if (unknown > 0)
        this.logger.warn('records that are no dead letters were skipped', {
          topic: this.topic,
          count: unknown,
        });
    }
  }

  /** From its beginning when the topic was deleted and created again since it was read. */
  private openPartition(partition: number, { low, high }: LogEnds): Partition {
    let known = this.partitions.get(partition);
    if (known === undefined || known.position > high) {
      known = { index: new PartitionIndex(RESOLVED_REMEMBERED), position: low };
      this.partitions.set(partition, known);
    }
    known.index.forgetBefore(low);
    if (known.position < low) known.position = low;
    return known;
  }

  /** Returns whether the record is a dead letter, or resolves one. */
  private take(record: LogRecord, partition: number, index: PartitionIndex): boolean {
    const texts = record.texts(HEADER_PLACES);
    const head = parseHead(texts, this.reasons);
    const origin = head?.origin ?? parseResolution(texts);
    if (origin?.partition !== partition) return false;
    if (head === undefined) index.resolve(origin);
    else index.add(head, { position: record.offset, bytes: record.bytes, key: record.key });
    return true;
  }
}
