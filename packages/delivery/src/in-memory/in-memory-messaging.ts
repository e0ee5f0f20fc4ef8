import type { DependencyState } from '../engine/dependency-check.js';
import type { GroupSettings, Messaging } from '../engine/messaging.js';
import { InMemoryBroker } from './in-memory-broker.js';
import { InMemoryDeadLetterStore } from './in-memory-dead-letter-store.js';
import type { InMemoryGroup } from './in-memory-group.js';
import { InMemoryPublisher } from './in-memory-publisher.js';

export interface InMemoryMessagingSettings {
  readonly topic: string;
  readonly partitions: number;
  /** 1,000,000 by default. */
  readonly maxMessageBytes?: number;
}

/** A topic in the memory of this process, and its dead letters. */
export class InMemoryMessaging<Reason extends string = string> implements Messaging<Reason> {
  readonly name = 'broker';
  readonly publisher: InMemoryPublisher;
  readonly deadLetters = new InMemoryDeadLetterStore<Reason>();
  private readonly broker = new InMemoryBroker();

  constructor(private readonly settings: InMemoryMessagingSettings) {
    const { topic, partitions, maxMessageBytes = 1_000_000 } = settings;
    this.broker.createTopic(topic, partitions);
    this.publisher = new InMemoryPublisher(this.broker, topic, maxMessageBytes);
  }

  source({ groupId }: Pick<GroupSettings, 'groupId'>): InMemoryGroup {
    return this.broker.group(groupId, this.settings.topic);
  }

  async start(): Promise<void> {
    this.publisher.start();
  }

  isUnavailable(): boolean {
    return false;
  }

  /** Before its start, and after its stop, nothing can be published. */
  async check(): Promise<DependencyState> {
    return this.publisher.isOpen ? { status: 'up' } : { status: 'down', detail: 'not started' };
  }

  stop(): Promise<void> {
    return this.publisher.close();
  }
}
