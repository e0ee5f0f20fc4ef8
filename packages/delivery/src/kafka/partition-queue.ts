import { PublishFailed, type Message, type PublishedMessage } from '../engine/publisher.js';
import type { PartitionResponse } from './produce-request.js';
import type { ProtocolError } from './protocol-error.js';
import { encodeRecordBatch, type Compression, type ProducerId } from './record-batch.js';

export interface BatchSettings {
  readonly topic: string;
  /** A message that is larger goes in a batch of its own. */
  readonly maxBatchBytes: number;
  readonly compression?: Compression;
}

export interface QueuedMessage {
  readonly message: Message;
  readonly bytes: number;
  /** When it must be settled. */
  readonly deadline: number;
  readonly resolve: (published: PublishedMessage) => void;
  readonly reject: (error: Error) => void;
}

/** Messages that are sent together, until they are settled. */
export interface Batch {
  readonly messages: readonly QueuedMessage[];
  readonly bytes: number;
  /** Made once: it is sent again as it is. */
  encoded: Buffer | Promise<Buffer> | undefined;
  isInFlight: boolean;
  /** It was sent, and nothing told what became of it. */
  isInDoubt: boolean;
}

/** A consumer takes a batch whole, however little it asks for. */
const MAX_BATCH_MESSAGES = 500;
/** With less time left nothing is sent that was not sent before: it could only end as unknown. */
const MIN_SEND_MS = 500;
/** Sequence numbers have 31 bits, and begin again after the last. */
const SEQUENCES = 2 ** 31;
/** Errors that a leader finds before it appends. Any other may come after that: NOT_LEADER_FOR_PARTITION, too. */
const NOT_APPENDED = new Set([
  'NOT_ENOUGH_REPLICAS',
  'TOPIC_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_RECORD',
  'CORRUPT_MESSAGE',
]);

/**
 * The messages of one partition, in their order: one batch is sent, and what arrives meanwhile is the next. A batch is sent
 * again under the same sequence numbers until the broker says what became of it, so that it is appended once. When that is
 * not known in time, the next batch gets another producer id: the broker may have numbered on, or not.
 */
export class PartitionQueue {
  /** Whether somebody will send what is here. */
  isScheduled = false;
  /** Before the first batch, and after one whose outcome is unknown. */
  needsProducer = true;
  private readonly waiting: QueuedMessage[] = [];
  private batch: Batch | undefined;
  private producer: ProducerId | undefined;
  private sequence = 0;
  /** Why the latest batch was not appended the last time. */
  private cause: unknown;

  constructor(
    private readonly settings: BatchSettings,
    readonly partition: number,
  ) {}

  get isEmpty(): boolean {
    return this.batch === undefined && this.waiting.length === 0;
  }

  add(message: QueuedMessage): void {
    this.waiting.push(message);
  }

  /** The batch to send: the one that is not settled, else one of what waits. */
  next(now: number): Batch | undefined {
    this.expire(now);
    return (this.batch ??= this.newBatch());
  }

  /** The producer id that it had up to now, if any. */
  get lastProducer(): ProducerId | undefined {
    return this.producer;
  }

  /** From now on the records are numbered from 0, under a producer id that this partition never had before. */
  numberUnder(producer: ProducerId): void {
    this.producer = producer;
    this.needsProducer = false;
    this.sequence = 0;
  }

  /** The bytes of the batch. It needs a producer id. */
  encode(batch: Batch): Buffer | Promise<Buffer> {
    if (batch.encoded !== undefined) return batch.encoded;
    if (this.producer === undefined) throw new Error(`partition ${this.partition} has no producer id`);
    const { producerId, producerEpoch } = this.producer;
    const numbers = { producerId, producerEpoch, baseSequence: this.sequence };
    const records = batch.messages.map(({ message }) => message);
    const { compression = 'none' } = this.settings;
    return (batch.encoded = encodeRecordBatch(records, numbers, Date.now(), compression));
  }

  /** Call it right before the batch is sent. Returns whether it still may be. */
  begin(batch: Batch, now: number): boolean {
    this.expire(now);
    if (batch !== this.batch) return false;
    batch.isInFlight = true;
    return true;
  }

  /** Nothing could be sent this time. */
  notSent(cause: unknown): void {
    this.cause = cause;
  }

  /** It was sent, and there is no answer. */
  unanswered(
    batch: Batch,
    cause = new Error(`the response does not name partition ${this.partition}`),
  ): void {
    this.cause = cause;
    batch.isInFlight = false;
    batch.isInDoubt = true;
  }

  answered(batch: Batch, { error, baseOffset }: PartitionResponse): void {
    batch.isInFlight = false;
    if (batch !== this.batch) return;
    if (error !== undefined) {
      this.declined(batch, error);
      return;
    }
    this.batch = undefined;
    this.cause = undefined;
    this.sequence = (this.sequence + batch.messages.length) % SEQUENCES;
    const { topic } = this.settings;
    batch.messages.forEach(({ resolve }, index) => {
      resolve({ topic, partition: this.partition, offset: String(baseOffset + BigInt(index)) });
    });
  }

  /** Whether what became of it has been told. */
  isSettled(batch: Batch): boolean {
    return batch !== this.batch;
  }

  /** Fails what is overdue. Returns when something is due next, or infinity. */
  expire(now: number): number {
    if (this.batch !== undefined && dueAt(this.batch) <= now) this.giveUp(this.batch);
    const beginsBy = ({ deadline }: QueuedMessage) => deadline - MIN_SEND_MS;
    let [first] = this.waiting;
    for (; first !== undefined && beginsBy(first) <= now; [first] = this.waiting) {
      this.waiting.shift();
      const { cause } = this;
      first.reject(new PublishFailed('not-sent', 'there was no time left to send the message', { cause }));
    }
    return Math.min(
      this.batch === undefined ? Infinity : dueAt(this.batch),
      first === undefined ? Infinity : beginsBy(first),
    );
  }

  private newBatch(): Batch | undefined {
    let bytes = 0;
    let count = 0;
    for (const { bytes: next } of this.waiting) {
      if (count > 0 && (count === MAX_BATCH_MESSAGES || bytes + next > this.settings.maxBatchBytes)) break;
      bytes += next;
      count++;
    }
    if (count === 0) return undefined;
    const messages = this.waiting.splice(0, count);
    return { messages, bytes, encoded: undefined, isInFlight: false, isInDoubt: false };
  }

  private declined(batch: Batch, error: ProtocolError): void {
    this.cause = error;
    if (!NOT_APPENDED.has(error.type)) batch.isInDoubt = true;
    if (!error.retriable) this.giveUp(batch);
  }

  private giveUp(batch: Batch): void {
    this.batch = undefined;
    const isUnknown = mayBeAppended(batch);
    if (isUnknown) this.needsProducer = true;
    const { cause } = this;
    const error = isUnknown
      ? new PublishFailed('unknown', 'the broker did not confirm the message', { cause })
      : new PublishFailed('not-sent', 'no broker took the message in time', { cause });
    for (const { reject } of batch.messages) reject(error);
  }
}

function mayBeAppended({ isInFlight, isInDoubt }: Batch): boolean {
  return isInFlight || isInDoubt;
}

function dueAt(batch: Batch): number {
  const { deadline = 0 } = batch.messages[0] ?? {};
  return mayBeAppended(batch) ? deadline : deadline - MIN_SEND_MS;
}
