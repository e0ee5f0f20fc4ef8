import {
  PublishFailed,
  MessageTooLarge,
  type Message,
  type Publisher,
  type PublishedMessage,
  type QueuedMessages,
} from '../engine/publisher.js';
import { partitionForKey } from '../engine/default-partitioner.js';
import { encodedSize } from '../engine/encoded-size.js';
import type { TopicSender } from './topic-sender.js';

export interface KafkaPublisherLimits {
  /** Of one message, and of one batch: 1,000,000 by default. The broker's own limit, `message.max.bytes`, is 1,048,588. */
  readonly maxMessageBytes: number;
  /** Messages that are not published yet: 20,000 by default. Any more are declined. */
  readonly maxQueuedMessages: number;
  /** The same in bytes, 64 MiB by default. */
  readonly maxQueuedBytes: number;
}

/** Appends messages to the partition of their key, as long as its queue has room. */
export class KafkaPublisher implements Publisher {
  private state: 'new' | 'open' | 'closed' = 'new';
  private queuedMessages = 0;
  private queuedBytes = 0;

  constructor(
    private readonly limits: KafkaPublisherLimits,
    private readonly sender: TopicSender,
    private readonly partitionCount: () => number | Promise<number>,
  ) {}

  /** Connects at the first publish, so that a broker that is unavailable at the start doesn't stop the process. */
  start(): void {
    if (this.state === 'new') this.state = 'open';
  }

  /** Refuses new messages, settles those that are queued, then disconnects. */
  async close(): Promise<void> {
    this.state = 'closed';
    await this.sender.close();
  }

  get queued(): QueuedMessages {
    return { messages: this.queuedMessages, bytes: this.queuedBytes };
  }

  async publish(message: Message): Promise<PublishedMessage> {
    const bytes = this.admit(message);
    this.queuedMessages++;
    this.queuedBytes += bytes;
    try {
      return await this.sender.append(message, bytes, () => {
        const count = this.partitionCount();
        const choose = (partitions: number) => partitionForKey(message.key, partitions);
        return typeof count === 'number' ? choose(count) : count.then(choose);
      });
    } finally {
      this.queuedMessages--;
      this.queuedBytes -= bytes;
    }
  }

  /** The size of a message that may join; refusals happen before anything is queued. */
  private admit(message: Message): number {
    const { maxMessageBytes, maxQueuedMessages, maxQueuedBytes } = this.limits;
    if (this.state !== 'open') throw new PublishFailed('not-sent', `the publisher is ${this.state}`);
    const bytes = encodedSize(message);
    if (bytes > maxMessageBytes) throw new MessageTooLarge(bytes, maxMessageBytes);
    if (this.queuedMessages >= maxQueuedMessages || this.queuedBytes + bytes > maxQueuedBytes) {
      const full = 'the queue of messages to publish is full';
      throw new PublishFailed('not-sent', full, { reason: 'overloaded' });
    }
    return bytes;
  }
}
