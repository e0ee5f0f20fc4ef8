import kafkajs, { type KafkaMessage } from 'kafkajs';
import {
  DeadLettersUnavailable,
  type DeadLetter,
  type DeadLetterFilter,
  type DeadLetterMark,
  type DeadLetters,
  type Origin,
} from '../../../application/ports/dead-letters.js';
import type { Logger } from '../../../application/ports/logger.js';
import { byOrigin, matches } from '../dead-letter.js';
import { encodedSize } from '../encoded-size.js';
import { before } from './deadline.js';
import {
  decodeLetter,
  decodeMark,
  encodeLetter,
  encodeMark,
  type DeadLetterRecord,
} from './dead-letter-record.js';
import type { KafkaClient } from './kafka-client.js';
import { LetterIndex, type Place } from './letter-index.js';
import { PartitionLanes } from './partition-lanes.js';
import type { LaneProducers } from './lane-producers.js';
import { TopicReader, type Extent } from './topic-reader.js';

// of a CommonJS package node finds these only here
const { CompressionTypes } = kafkajs;

export interface KafkaDeadLettersSettings {
  readonly topic: string;
  /** Every `add` and `mark` settles within this time, or within twice this where partitions have to be added. */
  readonly deadlineMs: number;
  /** A list whose next records don't come within this time is given up. */
  readonly silenceMs: number;
  /** Of the topic: `max.message.bytes`. */
  readonly maxMessageBytes: number;
}

/** Of the topic; it has each partition that the messages' topic has. */
export interface LetterPartitions {
  partitionCount(): number | Promise<number>;
  /** Adds partitions where there are fewer. */
  growTo(partitions: number): Promise<void>;
}

const MAX_BATCH_BYTES = 1_000_000;
/** Of letters that a list holds at a time, to bring them into the order of their origins. */
const MAX_HELD_BYTES = 16 * 1024 * 1024;

/** Letters and marks are records of one topic, each in the partition of the origin's number. */
export class KafkaDeadLetters implements DeadLetters {
  private readonly lanes: PartitionLanes;
  private readonly readers = new Set<TopicReader>();
  private closed = false;

  constructor(
    private readonly settings: KafkaDeadLettersSettings,
    producers: LaneProducers,
    private readonly newClient: () => KafkaClient,
    private readonly partitions: LetterPartitions,
    private readonly logger: Logger,
  ) {
    const { topic, deadlineMs } = settings;
    // a message that was compressed may be larger than its topic's limit, and must fit all the same
    const compression = CompressionTypes.GZIP;
    const lanes = { topic, deadlineMs, maxBatchBytes: MAX_BATCH_BYTES, compression };
    this.lanes = new PartitionLanes(lanes, producers, () => partitions.partitionCount());
  }

  async add(letter: DeadLetter): Promise<void> {
    await this.append(letter.origin, encodeLetter(letter));
  }

  async mark(origin: Origin, mark: DeadLetterMark): Promise<void> {
    await this.append(origin, encodeMark(origin, mark));
  }

  /** What was there when it began; a partition at a time. The iterator's `return()` ends its consumer. */
  async *list(filter: DeadLetterFilter): AsyncGenerator<DeadLetter> {
    const { settings, logger } = this;
    const { topic } = settings;
    if (this.closed) throw new DeadLettersUnavailable('the dead letters are closed');
    const reader = new TopicReader(settings, this.newClient(), logger);
    this.readers.add(reader);
    let unreadable = 0;
    try {
      for (const extent of await reader.extent()) {
        if (filter.origin !== undefined && filter.origin.partition !== extent.partition) continue;
        const { index, strange } = await indexOf(reader, extent, filter);
        unreadable += strange;
        for (const places of index.portions(MAX_HELD_BYTES)) yield* await load(reader, extent, places);
      }
    } catch (cause) {
      throw new DeadLettersUnavailable(`'${topic}' can't be read`, { cause });
    } finally {
      this.readers.delete(reader);
      await reader.close();
      if (unreadable > 0)
        logger.warn('records that are no letters were skipped', { topic, count: unreadable });
    }
  }

  /** Settles what was added and marked, and fails the lists that are read. */
  async close(): Promise<void> {
    this.closed = true;
    await Promise.all([this.lanes.close(), ...[...this.readers].map((reader) => reader.close())]);
  }

  private async append({ partition }: Origin, record: DeadLetterRecord): Promise<void> {
    const { topic, deadlineMs } = this.settings;
    if (this.closed) throw new DeadLettersUnavailable('the dead letters are closed');
    try {
      await before(performance.now() + deadlineMs, this.partitions.growTo(partition + 1));
      await this.lanes.append(record, encodedSize(record), () => partition);
    } catch (cause) {
      throw new DeadLettersUnavailable(`'${topic}' did not take the record`, { cause });
    }
  }
}

/** The first pass, without which it isn't known what was marked. */
async function indexOf(reader: TopicReader, extent: Extent, filter: DeadLetterFilter) {
  const index = new LetterIndex();
  let strange = 0;
  for await (const message of reader.read(extent)) {
    const record = recordOf(message);
    const letter = decodeLetter(record);
    const origin = letter?.origin ?? decodeMark(record);
    if (origin?.partition !== extent.partition) strange++;
    else if (letter === undefined) index.mark(origin);
    else {
      const place = { position: BigInt(message.offset), bytes: encodedSize(record) };
      index.add(origin, matches(letter, filter) ? place : undefined);
    }
  }
  return { index, strange };
}

/** The second pass: the letters at these places, in the order of their origins. */
async function load(reader: TopicReader, { partition }: Extent, places: readonly Place[]) {
  const wanted = new Set(places.map(({ position }) => position));
  const [first = 0n, ...others] = [...wanted].sort((a, b) => Number(a - b));
  const extent = { partition, from: first, to: (others.at(-1) ?? first) + 1n };
  const letters: DeadLetter[] = [];
  for await (const message of reader.read(extent)) {
    if (!wanted.has(BigInt(message.offset))) continue;
    const letter = decodeLetter(recordOf(message));
    if (letter !== undefined) letters.push(letter);
  }
  return letters.sort(byOrigin);
}

/** Of a header that occurs more than once the last one counts. */
function recordOf({ key, value, headers = {} }: KafkaMessage): DeadLetterRecord {
  const last = Object.entries(headers).map(
    ([name, all]) => [name, Buffer.from((Array.isArray(all) ? all.at(-1) : all) ?? '')] as const,
  );
  return { key, value, headers: Object.fromEntries(last) };
}
