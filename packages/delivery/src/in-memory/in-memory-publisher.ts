import {
  PublishFailed,
  MessageTooLarge,
  type Message,
  type Publisher,
  type PublishedMessage,
} from '../engine/publisher.js';
import { partitionForKey } from '../engine/default-partitioner.js';
import { encodedSize } from '../engine/encoded-size.js';
import type { InMemoryBroker } from './in-memory-broker.js';

/** Appends to a topic in the memory of this process. */
export class InMemoryPublisher implements Publisher {
  /** Appending takes no time. */
  readonly queued = { messages: 0, bytes: 0 };
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
    const { broker, topic, maxMessageBytes } = this;
    const bytes = encodedSize(message);
    if (bytes > maxMessageBytes) throw new MessageTooLarge(bytes, maxMessageBytes);
    const partition = partitionForKey(message.key, broker.logs(topic).length);
    const offset = broker.append(topic, partition, message);
    return { topic, partition, offset: String(offset) };
  }
}
