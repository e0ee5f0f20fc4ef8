import {
  DeadLettersUnavailable,
  type DeadLetter,
  type DeadLetterFilter,
  type DeadLetterOrder,
  type DeadLetterStore,
  type FoundDeadLetters,
  type Origin,
  type Resolution,
} from '../engine/dead-letters.js';
import { encodedSize } from '../engine/encoded-size.js';
import type { Logger } from '../engine/logger.js';
import { DeadLetterIndex } from './dead-letter-index.js';
import { encodeDeadLetter, encodeResolution, type DeadLetterRecord } from './dead-letter-record.js';
import type { KafkaDeadLetterTopic } from './kafka-dead-letter-topic.js';
import type { Unresolved } from './partition-index.js';
import type { TopicReader } from './topic-reader.js';
import type { TopicSender } from './topic-sender.js';

export interface KafkaDeadLetterStoreSettings<Reason extends string> {
  /** All that there are: a record with another one is no dead letter. */
  readonly reasons: readonly Reason[];
  readonly topic: string;
}

/** Of what a list holds at a time, to bring it into its order. */
const MAX_HELD_BYTES = 16 * 1024 * 1024;
const MAX_HELD = 500;

/** Dead letters and resolutions are records of one topic, each in the partition of the origin's number. */
export class KafkaDeadLetterStore<Reason extends string> implements DeadLetterStore<Reason> {
  private readonly index: DeadLetterIndex<Reason>;
  private closed = false;

  constructor(
    private readonly settings: KafkaDeadLetterStoreSettings<Reason>,
    private readonly sender: TopicSender,
    private readonly reader: TopicReader,
    private readonly topic: Pick<KafkaDeadLetterTopic, 'growTo'>,
    logger: Logger,
  ) {
    this.index = new DeadLetterIndex(settings.topic, reader, settings.reasons, logger);
  }

  async add(deadLetter: DeadLetter<Reason>): Promise<void> {
    await this.store(deadLetter.origin, encodeDeadLetter(deadLetter));
  }

  async resolve(origin: Origin, resolution: Resolution, by?: string): Promise<void> {
    await this.store(origin, encodeResolution(origin, resolution, by));
  }

  async list(
    filter: DeadLetterFilter<Reason>,
    limit = Infinity,
    order: DeadLetterOrder = 'message',
  ): Promise<FoundDeadLetters<Reason>> {
    const found = await this.reading(() => this.index.find(filter, order));
    return { matched: found.length, deadLetters: this.load(found.slice(0, limit)) };
  }

  /** Settles what was added and resolved, and fails the lists that are read. */
  async close(): Promise<void> {
    this.closed = true;
    this.reader.close();
    await this.sender.close();
  }

  private async *load(found: readonly Unresolved[]): AsyncGenerator<DeadLetter<Reason>> {
    for (const entries of portions(found)) yield* await this.reading(() => this.index.load(entries));
  }

  private async reading<T>(work: () => Promise<T>): Promise<T> {
    if (this.closed) throw new DeadLettersUnavailable('the dead letters are closed');
    try {
      return await work();
    } catch (cause) {
      throw new DeadLettersUnavailable(`'${this.settings.topic}' can't be read`, { cause });
    }
  }

  private async store({ partition }: Origin, record: DeadLetterRecord): Promise<void> {
    const grownTopic = async () => {
      await this.topic.growTo(partition + 1);
      return partition;
    };
    try {
      await this.sender.append(record, encodedSize(record), grownTopic);
    } catch (cause) {
      throw new DeadLettersUnavailable(`the record was not appended to '${this.settings.topic}'`, { cause });
    }
  }
}

/** Each of so many bytes at most, or of one dead letter. */
export function* portions(found: readonly Unresolved[]): Generator<Unresolved[]> {
  let portion: Unresolved[] = [];
  let bytes = 0;
  for (const entry of found) {
    const fits = bytes + entry.bytes <= MAX_HELD_BYTES && portion.length < MAX_HELD;
    if (portion.length > 0 && !fits) {
      yield portion;
      [portion, bytes] = [[], 0];
    }
    portion.push(entry);
    bytes += entry.bytes;
  }
  if (portion.length > 0) yield portion;
}
