import { setImmediate as turnOfEventLoop } from 'node:timers/promises';
import type { CompressionTypes } from 'kafkajs';
import { PublishFailed, type Message, type PublishedMessage } from '../engine/publisher.js';
import { before } from './deadline.js';
import { batchMessage } from './kafkajs-produce-patch.js';
import type { PartitionProducer, PartitionProducers } from './partition-producers.js';

export interface QueuedMessage {
  readonly message: Message;
  readonly bytes: number;
  /** When it must be settled, on the clock of `performance.now()`. */
  readonly deadline: number;
  readonly resolve: (published: PublishedMessage) => void;
  readonly reject: (error: Error) => void;
}

/** A consumer takes a batch whole, however little it asks for. */
const MAX_BATCH_MESSAGES = 500;
/** Of the event loop: nothing when it is idle, some ms when it is busy, and each brings more for the next batch. */
const TURNS_BETWEEN_SENDS = 8;
/** With less time left a send is not begun: it could only end as unknown. */
const MIN_SEND_MS = 500;
/** How long a broker waits for the in-sync replicas: less than its client for an answer, so that it is the broker that tells. */
const REPLICATION_TIMEOUT_MS = 1_800;

/**
 * The messages of one partition, one send in flight; what arrives meanwhile is the next batch. kafkajs loses acknowledged
 * messages with two idempotent sends in flight to a partition, or with one send that spans brokers.
 * @see https://github.com/tulios/kafkajs/issues/1005
 */
export class PartitionSender {
  private readonly waiting: QueuedMessage[] = [];
  private producer: PartitionProducer | undefined;
  private running = false;

  constructor(
    private readonly topic: string,
    private readonly partition: number,
    private readonly maxBatchBytes: number,
    private readonly producers: PartitionProducers,
    private readonly compression?: CompressionTypes,
  ) {}

  add(message: QueuedMessage): void {
    this.waiting.push(message);
    if (!this.running) void this.run();
  }

  private async run(): Promise<void> {
    this.running = true;
    await Promise.resolve(); // what is published in the same turn goes in the first batch
    for (let batch = this.nextBatch(); batch.length > 0; batch = this.nextBatch()) {
      await this.send(batch);
      for (let turn = 0; turn < TURNS_BETWEEN_SENDS; turn++) await turnOfEventLoop();
    }
    this.running = false;
  }

  /** Of those whose turn comes too late, behind a slow send, it is known that they were not sent. */
  private refuseLate(): void {
    const now = performance.now();
    const inTime = this.waiting.findIndex(({ deadline }) => deadline - now >= MIN_SEND_MS);
    const late = this.waiting.splice(0, inTime === -1 ? Infinity : inTime);
    if (late.length === 0) return;
    fail(late, new PublishFailed('not-sent', 'there was no time left to send the message'));
  }

  private nextBatch(): QueuedMessage[] {
    this.refuseLate();
    let bytes = 0;
    let count = 0;
    for (const { bytes: next } of this.waiting) {
      if (count > 0 && (count === MAX_BATCH_MESSAGES || bytes + next > this.maxBatchBytes)) break;
      bytes += next;
      count++;
    }
    return this.waiting.splice(0, count);
  }

  /** Never rejects. Every stage is bounded by the deadline of the oldest message, which is the first. */
  private async send(batch: readonly QueuedMessage[]): Promise<void> {
    const deadline = batch[0]?.deadline ?? 0;
    this.producer ??= this.producers.create();
    try {
      await before(deadline - MIN_SEND_MS, this.producer.connected);
    } catch (cause) {
      this.discardProducer();
      fail(batch, new PublishFailed('not-sent', 'no broker could be reached in time', { cause }));
      return;
    }
    try {
      const first = await before(deadline, this.append(this.producer, batch));
      batch.forEach((each, index) => {
        const offset = String(first + BigInt(index));
        each.resolve({ topic: this.topic, partition: this.partition, offset });
      });
    } catch (cause) {
      this.discardProducer();
      fail(batch, new PublishFailed('unknown', 'the broker did not confirm the message', { cause }));
    }
  }

  /** The offset of the batch's first message. */
  private async append(producer: PartitionProducer, batch: readonly QueuedMessage[]): Promise<bigint> {
    const { topic, partition, compression } = this;
    const records = batch.map(({ message }) => message);
    const messages = [batchMessage(partition, records, producer.sequence)];
    const options = compression === undefined ? {} : { compression };
    const answers = await producer.kafkajs.send({
      topic,
      messages,
      acks: -1,
      timeout: REPLICATION_TIMEOUT_MS,
      ...options,
    });
    const answer = answers.find((each) => each.partition === partition);
    if (answer?.baseOffset === undefined) {
      throw new Error(`the answer does not name partition ${partition} of '${topic}'`);
    }
    producer.sent(records.length);
    return BigInt(answer.baseOffset);
  }

  /** A send that failed leaves wrong sequence numbers: what comes next goes through a new one, under a new producer id. */
  private discardProducer(): void {
    if (this.producer !== undefined) void this.producers.end(this.producer);
    this.producer = undefined;
  }
}

function fail(batch: readonly QueuedMessage[], error: Error): void {
  for (const { reject } of batch) reject(error);
}
