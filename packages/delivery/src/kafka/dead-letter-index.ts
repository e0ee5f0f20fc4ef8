import type { DeadLetter, DeadLetterFilter } from '../engine/dead-letters.js';
import type { Logger } from '../engine/logger.js';
import { byOrigin } from '../engine/dead-letter.js';
import { decodeDeadLetter, headIn, HEADER_PLACES, resolutionIn } from './dead-letter-record.js';
import { PartitionIndex, type Unresolved } from './partition-index.js';
import type { LogRecord } from './record-batch-decoder.js';
import type { Extent, TopicReader } from './topic-reader.js';

/** Of each partition; one that was dead-lettered twice by a crash comes again soon, or not at all. */
const RESOLVED_REMEMBERED = 10_000;
/** Compressed: a fetch of ten times as much is decoded at a time. */
const MAX_FETCH_BYTES = 256 * 1024;

interface Partition {
  index: PartitionIndex;
  /** Up to which it has been read. */
  position: bigint;
}

/** The unresolved dead letters of the topic. It reads on from where it was when it is asked, and holds none of their bytes. */
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

  /** What matches at this moment, by partition and in the order of the origins. */
  async find(filter: DeadLetterFilter<Reason>): Promise<Unresolved[]> {
    await this.catchUp();
    const partitions = [...this.partitions].sort(([a], [b]) => a - b);
    return partitions
      .filter(([partition]) => filter.origin === undefined || filter.origin.partition === partition)
      .flatMap(([, { index }]) => index.matching(filter));
  }

  /** Those of one partition, in the order of their origins; without the ones whose records were deleted meanwhile. */
  async load(entries: readonly Unresolved[]): Promise<DeadLetter<Reason>[]> {
    const wanted = entries.toSorted((a, b) => Number(a.position - b.position));
    const letters: DeadLetter<Reason>[] = [];
    for (let first = wanted[0]; first !== undefined; first = wanted[0]) {
      const bytes = wanted.reduce((sum, entry) => sum + entry.bytes, 0);
      const { partition } = first.origin;
      const fetched = await this.reader.fetch(partition, first.position, Math.min(bytes, MAX_FETCH_BYTES));
      const records = new Map(fetched.records.map((record) => [record.offset, record]));
      while (wanted[0] !== undefined && wanted[0].position < fetched.next) {
        const record = records.get(wanted[0].position);
        const letter = record && decodeDeadLetter(record.decode(), this.reasons);
        if (letter !== undefined) letters.push(letter);
        wanted.shift();
      }
    }
    return letters.sort(byOrigin);
  }

  /** What is being read may have asked for the ends before this was called: so it waits for the next time, with all others. */
  private catchUp(): Promise<void> {
    this.readingNext ??= this.readAfter(this.reading);
    return this.readingNext;
  }

  private async readAfter(reading: Promise<void> | undefined): Promise<void> {
    await reading?.catch(() => undefined); // who asked for it is told
    this.reading = this.readingNext;
    this.readingNext = undefined;
    await this.readOn();
  }

  private async readOn(): Promise<void> {
    let strange = 0;
    try {
      for (const extent of await this.reader.extents()) {
        const partition = this.partitionOf(extent);
        while (partition.position < extent.to) {
          const { records, next } = await this.reader.fetch(
            extent.partition,
            partition.position,
            MAX_FETCH_BYTES,
          );
          for (const record of records) if (!this.take(record, extent.partition, partition.index)) strange++;
          partition.position = next;
        }
      }
    } finally {
      if (strange > 0)
        this.logger.warn('records that are no letters were skipped', { topic: this.topic, count: strange });
    }
  }

  /** From its beginning when it was made anew since it was read. */
  private partitionOf({ partition, from, to }: Extent): Partition {
    let known = this.partitions.get(partition);
    if (known === undefined || known.position > to) {
      known = { index: new PartitionIndex(RESOLVED_REMEMBERED), position: from };
      this.partitions.set(partition, known);
    }
    known.index.forgetBefore(from);
    if (known.position < from) known.position = from;
    return known;
  }

  /** Returns whether it is a dead letter, or resolves one. */
  private take(record: LogRecord, partition: number, index: PartitionIndex): boolean {
    const texts = record.texts(HEADER_PLACES);
    const head = headIn(texts, this.reasons);
    const origin = head?.origin ?? resolutionIn(texts);
    if (origin?.partition !== partition) return false;
    if (head === undefined) index.resolve(origin);
    else index.add(head, { position: record.offset, bytes: record.bytes, key: record.key });
    return true;
  }
}
