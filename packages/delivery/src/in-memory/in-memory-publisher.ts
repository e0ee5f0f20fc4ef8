import {
  PublishFailed,
  MessageTooLarge,
  type Message,
  type Publisher,
  type PublishedMessage,
} from '../engine/publisher.js';
import { partitionForKey } from '../engine/default-partitioner.js';
import { encodedSize } from '../engine/encoded-size.js';
import { LogFull, UnknownTopic, type InMemoryBroker } from './in-memory-broker.js';

/** Appends to the log of the same process. */
export class InMemoryPublisher implements Publisher {
  private state: 'new' | 'open' | 'closed' = 'new';

  constructor(
    private readonly broker: InMemoryBroker,
    private readonly topic: string,
    private readonly maxMessageBytes: number,
  ) {}

  start(): void {
    if (this.state === 'new') this.state = 'open';
  }

  get isOpen(): boolean {
    return this.state === 'open';
  }

  close(): Promise<void> {
    this.state = 'closed';
    return Promise.resolve();
  }

  async publish(message: Message): Promise<PublishedMessage> {
    if (this.state !== 'open') throw new PublishFailed('not-sent', `the publisher is ${this.state}`);
    const bytes = encodedSize(message);
    if (bytes > this.maxMessageBytes) throw new MessageTooLarge(bytes, this.maxMessageBytes);
    try {
      const partition = partitionForKey(message.key, this.broker.partitionCount(this.topic));
      const offset = this.broker.append(this.topic, partition, message);
      return { topic: this.topic, partition, offset: String(offset) };
    } catch (cause) {
      if (cause instanceof LogFull) {
        throw new PublishFailed('not-sent', cause.message, { cause, reason: 'overloaded' });
      }
      if (!(cause instanceof UnknownTopic)) throw cause;
      throw new PublishFailed('not-sent', cause.message, { cause });
    }
  }
}
