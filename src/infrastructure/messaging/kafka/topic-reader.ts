import { randomUUID } from 'node:crypto';
import type { Admin, Consumer, EachBatchPayload, KafkaMessage } from 'kafkajs';
import type { Logger } from '../../../application/ports/logger.js';
import { before } from './deadline.js';
import type { KafkaClient } from './kafka-client.js';

const END_DEADLINE_MS = 2_000;

export interface TopicReaderSettings {
  readonly topic: string;
  readonly maxMessageBytes: number;
  /** How long the brokers may take for the next records. */
  readonly silenceMs: number;
}

/** Of a partition: from an offset up to, but not including, another. */
export interface Extent {
  readonly partition: number;
  readonly from: bigint;
  readonly to: bigint;
}

interface Fetched {
  readonly messages: readonly KafkaMessage[];
  readonly next: bigint;
}

/** The fetch that is asked for. */
interface Fetch {
  readonly partition: number;
  readonly position: bigint;
  readonly resolve: (fetched: Fetched) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Reads parts of a topic, one after another, as a consumer group of its own that commits nothing and is deleted at the
 * end. Every partition is paused but the one of a fetch that is asked for, so a slow reader holds one fetch in memory.
 */
export class TopicReader {
  private readonly groupId: string;
  private readonly consumer: Consumer;
  private readonly admin: Admin;
  private starting: Promise<void> | undefined;
  private ending: Promise<void> | undefined;
  private fetch: Fetch | undefined;
  private joined = false;
  private failure: Error | undefined;

  constructor(
    private readonly settings: TopicReaderSettings,
    private readonly client: KafkaClient,
    private readonly logger: Logger,
  ) {
    this.admin = client.kafka.admin();
    this.groupId = `${settings.topic}-reader-${randomUUID()}`;
    this.consumer = client.kafka.consumer({
      groupId: this.groupId,
      allowAutoTopicCreation: false,
      maxBytesPerPartition: settings.maxMessageBytes,
      maxWaitTimeInMs: 20,
      retry: {
        initialRetryTime: 100,
        maxRetryTime: 500,
        retries: 5,
        restartOnFailure: () => Promise.resolve(this.ending === undefined),
      },
    });
  }

  /** What each partition has at this moment. */
  async extent(): Promise<Extent[]> {
    const { topic, silenceMs } = this.settings;
    const offsets = await before(performance.now() + silenceMs, this.admin.fetchTopicOffsets(topic));
    return offsets
      .map(({ partition, low, high }) => ({ partition, from: BigInt(low), to: BigInt(high) }))
      .sort((a, b) => a.partition - b.partition);
  }

  /** Joins the group at the first call that has something to read. */
  async *read({ partition, from, to }: Extent): AsyncGenerator<KafkaMessage> {
    for (let position = from; position < to;) {
      const deadline = performance.now() + this.settings.silenceMs;
      const { messages, next } = await before(deadline, this.fetchFrom(partition, position));
      for (const message of messages) if (BigInt(message.offset) < to) yield message;
      position = next;
    }
  }

  /** What is being read fails. */
  close(): Promise<void> {
    this.fail(new Error('the reader was closed'));
    return (this.ending ??= this.end());
  }

  private async fetchFrom(partition: number, position: bigint): Promise<Fetched> {
    await (this.starting ??= this.start());
    return new Promise((resolve, reject) => {
      if (this.failure !== undefined) throw this.failure;
      this.fetch = { partition, position, resolve, reject };
      // outside the group there is nothing to seek; a join begins with all partitions flowing from their beginning
      if (this.joined) this.seek(this.fetch);
    });
  }

  private async start(): Promise<void> {
    const { CRASH, GROUP_JOIN, START_BATCH_PROCESS } = this.consumer.events;
    this.consumer.on(GROUP_JOIN, () => {
      this.joined = true;
    });
    this.consumer.on(CRASH, ({ payload }) => {
      this.joined = false;
      if (!payload.restart) this.fail(payload.error);
    });
    // records that kafkajs filters out (markers of transactions) never come as a batch, but it moves on past them
    this.consumer.on(START_BATCH_PROCESS, ({ payload: { batchSize, partition, lastOffset } }) => {
      if (batchSize === 0) this.take(partition, [], BigInt(lastOffset) + 1n);
    });
    await this.consumer.connect();
    await this.consumer.subscribe({ topic: this.settings.topic, fromBeginning: true });
    await this.consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: (payload) => this.handIn(payload),
    });
  }

  /** Never throws: that would end the consumer. */
  private handIn(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    const { partition, messages } = batch;
    const from = BigInt((batch as typeof batch & { readonly fetchedOffset: string }).fetchedOffset);
    payload.pause();
    if (this.fetch?.partition === partition && from < this.fetch.position) this.seek(this.fetch);
    else this.take(partition, messages, BigInt(batch.lastOffset()) + 1n);
    return Promise.resolve();
  }

  private take(partition: number, messages: readonly KafkaMessage[], next: bigint): void {
    if (this.fetch?.partition !== partition || next <= this.fetch.position) return;
    this.fetch.resolve({ messages, next });
    this.fetch = undefined;
  }

  private seek({ partition, position }: Fetch): void {
    const { topic } = this.settings;
    this.consumer.seek({ topic, partition, offset: String(position) });
    this.consumer.resume([{ topic, partitions: [partition] }]);
  }

  private fail(error: Error): void {
    this.failure = error;
    this.fetch?.reject(error);
    this.fetch = undefined;
  }

  private async end(): Promise<void> {
    try {
      if (this.starting === undefined) return;
      await before(performance.now() + END_DEADLINE_MS, this.consumer.disconnect());
      await before(performance.now() + END_DEADLINE_MS, this.admin.deleteGroups([this.groupId]));
    } catch (error) {
      this.logger.debug('a reader did not end cleanly', { groupId: this.groupId, error });
    } finally {
      this.client.destroy();
    }
  }
}
