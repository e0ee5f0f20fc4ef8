import type { Message } from 'kafkajs';
import {
  MessagePublishFailed,
  MessageTooLarge,
  type EncodedMessage,
  type MessagePublisher,
  type PublishedMessage,
} from '../../../application/ports/message-publisher.js';
import { partitionOf } from '../default-partitioner.js';
import { encodedSize } from '../encoded-size.js';
import { before } from './deadline.js';
import { PartitionLane } from './partition-lane.js';
import type { ProducerPool } from './producer-pool.js';

export interface KafkaPublisherSettings {
  readonly topic: string;
  /** Every publish settles within this time. */
  readonly deadlineMs: number;
  /** Of one message, and of one batch. The broker's own limit, `message.max.bytes`, is 1,048,588 by default. */
  readonly maxMessageBytes: number;
  readonly maxQueuedMessages: number;
  readonly maxQueuedBytes: number;
}

/** Appends messages through a lane for each partition; see {@link PartitionLane} for why. */
export class KafkaMessagePublisher implements MessagePublisher {
  private readonly lanes = new Map<number, PartitionLane>();
  private state: 'new' | 'open' | 'closed' = 'new';
  private queuedMessages = 0;
  private queuedBytes = 0;
  /** Waiting for the last message to be settled. */
  private readonly settled: (() => void)[] = [];

  constructor(
    private readonly settings: KafkaPublisherSettings,
    private readonly producers: ProducerPool,
    private readonly partitionCount: () => Promise<number>,
  ) {}

  /** Connects at the first publish, so that a broker that is away at the start doesn't stop the process. */
  start(): void {
    if (this.state === 'new') this.state = 'open';
  }

  /** Refuses new messages, settles those that were accepted, then disconnects. */
  async close(): Promise<void> {
    this.state = 'closed';
    if (this.queuedMessages > 0) await new Promise<void>((resolve) => this.settled.push(resolve));
    await this.producers.close();
  }

  async publish(message: EncodedMessage): Promise<PublishedMessage> {
    const deadline = Date.now() + this.settings.deadlineMs;
    const bytes = this.admit(message);
    this.queuedMessages++;
    this.queuedBytes += bytes;
    try {
      const partition = partitionOf(message.key, await this.partitions(deadline));
      return await new Promise<PublishedMessage>((resolve, reject) => {
        const queued = { message: toKafkajs(message, partition), bytes, deadline, resolve, reject };
        this.lane(partition).add(queued);
      });
    } finally {
      this.queuedMessages--;
      this.queuedBytes -= bytes;
      if (this.queuedMessages === 0) for (const resolve of this.settled.splice(0)) resolve();
    }
  }

  /** The size of a message that may join; refusals happen before anything is queued. */
  private admit(message: EncodedMessage): number {
    const { maxMessageBytes, maxQueuedMessages, maxQueuedBytes } = this.settings;
    if (this.state !== 'open') throw new MessagePublishFailed('not-sent', `the publisher is ${this.state}`);
    const bytes = encodedSize(message);
    if (bytes > maxMessageBytes) throw new MessageTooLarge(bytes, maxMessageBytes);
    if (this.queuedMessages >= maxQueuedMessages || this.queuedBytes + bytes > maxQueuedBytes) {
      throw new MessagePublishFailed('not-sent', 'the queue of messages to be sent is full');
    }
    return bytes;
  }

  private async partitions(deadline: number): Promise<number> {
    try {
      return await before(deadline, this.partitionCount());
    } catch (cause) {
      const { topic } = this.settings;
      throw new MessagePublishFailed('not-sent', `the partitions of '${topic}' can't be read`, { cause });
    }
  }

  private lane(partition: number): PartitionLane {
    let lane = this.lanes.get(partition);
    if (lane === undefined) {
      const { topic, maxMessageBytes } = this.settings;
      lane = new PartitionLane(topic, partition, maxMessageBytes, this.producers);
      this.lanes.set(partition, lane);
    }
    return lane;
  }
}

function toKafkajs({ key, value, headers }: EncodedMessage, partition: number): Message {
  const buffers = Object.entries(headers).map(([name, header]) => [name, toBuffer(header)] as const);
  return { key: toBuffer(key), value: toBuffer(value), headers: Object.fromEntries(buffers), partition };
}

function toBuffer(bytes: string | Uint8Array): Buffer;
function toBuffer(bytes: string | Uint8Array | null): Buffer | null;
function toBuffer(bytes: string | Uint8Array | null): Buffer | null {
  if (bytes === null) return null;
  return typeof bytes === 'string'
    ? Buffer.from(bytes)
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
