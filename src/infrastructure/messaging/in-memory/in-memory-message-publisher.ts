import {
  MessagePublishFailed,
  MessageTooLarge,
  type EncodedMessage,
  type MessagePublisher,
  type PublishedMessage,
} from '../../../application/ports/message-publisher.js';
import { partitionOf } from '../default-partitioner.js';
import { encodedSize } from '../encoded-size.js';
import { LogFull, UnknownTopic, type InMemoryBroker } from './in-memory-broker.js';

/** Appends to the log of the same process. */
export class InMemoryMessagePublisher implements MessagePublisher {
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

  async publish(message: EncodedMessage): Promise<PublishedMessage> {
    if (this.state !== 'open') throw new MessagePublishFailed('not-sent', `the publisher is ${this.state}`);
    const bytes = encodedSize(message);
    if (bytes > this.maxMessageBytes) throw new MessageTooLarge(bytes, this.maxMessageBytes);
    try {
      const partition = partitionOf(message.key, this.broker.partitionCount(this.topic));
      const offset = this.broker.append(this.topic, partition, message);
      return { topic: this.topic, partition, offset: String(offset) };
    } catch (cause) {
      if (cause instanceof LogFull) {
        throw new MessagePublishFailed('not-sent', cause.message, { cause, reason: 'overloaded' });
      }
      if (!(cause instanceof UnknownTopic)) throw cause;
      throw new MessagePublishFailed('not-sent', cause.message, { cause });
    }
  }
}
