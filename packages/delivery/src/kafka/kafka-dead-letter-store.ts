import kafkajs from 'kafkajs';
import {
  DeadLettersUnavailable,
  type DeadLetter,
  type DeadLetterFilter,
  type Resolution,
  type DeadLetterStore,
  type FoundDeadLetters,
  type Origin,
} from '../engine/dead-letters.js';
import type { Logger } from '../engine/logger.js';
import { encodedSize } from '../engine/encoded-size.js';
import { before } from './deadline.js';
import { DeadLetterIndex } from './dead-letter-index.js';
import { encodeDeadLetter, encodeResolution, type DeadLetterRecord } from './dead-letter-record.js';
import type { KafkaClient } from './kafka-client.js';
import type { Unresolved } from './partition-index.js';
import { PartitionSenders } from './partition-senders.js';
import type { PartitionProducers } from './partition-producers.js';
import { TopicReader } from './topic-reader.js';

// of a CommonJS package node finds these only here
const { CompressionTypes } = kafkajs;

export interface KafkaDeadLetterStoreSettings<Reason extends string> {
  /** All that there are: a record with another one is no dead letter. */
  readonly reasons: readonly Reason[];
  readonly topic: string;
  /** Every `add` and `mark` settles within this time, or within twice this where partitions have to be added. */
  readonly deadlineMs: number;
  /** A list whose next records don't come within this time is given up. */
  readonly silenceMs: number;
}

/** Of the topic; it has each partition that the messages' topic has. */
export interface DeadLetterPartitions {
  partitionCount(): number | Promise<number>;
  /** Adds partitions where there are fewer. */
  growTo(partitions: number): Promise<void>;
}

const MAX_BATCH_BYTES = 1_000_000;
/** Of what a list holds at a time, to bring it into the order of the origins. */
const MAX_HELD_BYTES = 16 * 1024 * 1024;
const MAX_HELD = 500;

/** Dead letters and marks are records of one topic, each in the partition of the origin's number. */
export class KafkaDeadLetterStore<Reason extends string> implements DeadLetterStore<Reason> {
  private readonly lanes: PartitionSenders;
  private readonly reader: TopicReader;
  private readonly index: DeadLetterIndex<Reason>;
  private readonly appending = new Set<Promise<void>>();
  private closed = false;

  constructor(
    private readonly settings: KafkaDeadLetterStoreSettings<Reason>,
    producers: PartitionProducers,
    newClient: () => KafkaClient,
    private readonly partitions: DeadLetterPartitions,
    logger: Logger,
  ) {
    const { topic, deadlineMs } = settings;
    // a message that was compressed may be larger than its topic's limit, and must fit all the same
    const compression = CompressionTypes.GZIP;
    const lanes = { topic, deadlineMs, maxBatchBytes: MAX_BATCH_BYTES, compression };
    this.lanes = new PartitionSenders(lanes, producers, () => partitions.partitionCount());
    this.reader = new TopicReader(settings, newClient);
    this.index = new DeadLetterIndex(topic, this.reader, settings.reasons, logger);
  }

  async add(letter: DeadLetter<Reason>): Promise<void> {
    await this.taken(letter.origin, encodeDeadLetter(letter));
  }

  async resolve(origin: Origin, mark: Resolution): Promise<void> {
    await this.taken(origin, encodeResolution(origin, mark));
  }

  async list(filter: DeadLetterFilter<Reason>, limit = Infinity): Promise<FoundDeadLetters<Reason>> {
    const found = await this.reading(() => this.index.find(filter));
    return { matched: found.length, deadLetters: this.load(found.slice(0, limit)) };
  }

  /** Settles what was added and marked, and fails the lists that are read. */
  async close(): Promise<void> {
    this.closed = true;
    this.reader.close();
    await Promise.allSettled(this.appending);
    await this.lanes.close();
  }

  private async *load(found: readonly Unresolved[]): AsyncGenerator<DeadLetter<Reason>> {
    for (const entries of portionsOf(found)) yield* await this.reading(() => this.index.load(entries));
  }

  private async reading<T>(work: () => Promise<T>): Promise<T> {
    if (this.closed) throw new DeadLettersUnavailable('the dead letters are closed');
    try {
      return await work();
    } catch (cause) {
      throw new DeadLettersUnavailable(`'${this.settings.topic}' can't be read`, { cause });
    }
  }

  /** From here on `close()` waits for it: a lane that is opened later would never be closed. */
  private async taken(origin: Origin, record: DeadLetterRecord): Promise<void> {
    if (this.closed) throw new DeadLettersUnavailable('the dead letters are closed');
    const appending = this.append(origin, record);
    this.appending.add(appending);
    try {
      await appending;
    } finally {
      this.appending.delete(appending);
    }
  }

  private async append({ partition }: Origin, record: DeadLetterRecord): Promise<void> {
    const { topic, deadlineMs } = this.settings;
    try {
      await before(performance.now() + deadlineMs, this.partitions.growTo(partition + 1));
      await this.lanes.append(record, encodedSize(record), () => partition);
    } catch (cause) {
      throw new DeadLettersUnavailable(`'${topic}' did not take the record`, { cause });
    }
  }
}

/** Each of one partition, and of so many bytes at most, or of one dead letter. */
export function* portionsOf(found: readonly Unresolved[]): Generator<Unresolved[]> {
  let portion: Unresolved[] = [];
  let bytes = 0;
  for (const entry of found) {
    const [first = entry] = portion;
    const fits = bytes + entry.bytes <= MAX_HELD_BYTES && portion.length < MAX_HELD;
    if (portion.length > 0 && !(fits && first.origin.partition === entry.origin.partition)) {
      yield portion;
      [portion, bytes] = [[], 0];
    }
    portion.push(entry);
    bytes += entry.bytes;
  }
  if (portion.length > 0) yield portion;
}
