import type { DependencyState } from '../engine/dependency-check.js';
import type { FeedSettings } from '../engine/feed.js';
import { consoleLogger, type Logger } from '../engine/logger.js';
import type {
  GroupSettings,
  Messaging,
  PartitionLag,
  RecordPlace,
  RecordStanding,
} from '../engine/messaging.js';
import { InMemoryBroker } from './in-memory-broker.js';
import { InMemoryDeadLetterStore } from './in-memory-dead-letter-store.js';
import { InMemoryFeed } from './in-memory-feed.js';
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
  private readonly feeds = new Map<string, InMemoryFeed>();

  constructor(
    private readonly settings: InMemoryMessagingSettings,
    private readonly logger: Logger = consoleLogger,
  ) {
    const { topic, partitions, maxMessageBytes = 1_000_000 } = settings;
    this.broker.createTopic(topic, partitions);
    this.publisher = new InMemoryPublisher(this.broker, topic, maxMessageBytes);
  }

  source({ groupId }: Pick<GroupSettings, 'groupId'>): InMemoryGroup {
    return this.broker.group(groupId, this.settings.topic);
  }

  async lag(groupId: string): Promise<readonly PartitionLag[]> {
    return this.broker.lag(groupId, this.settings.topic);
  }

  async find(groupId: string, place: RecordPlace): Promise<RecordStanding | undefined> {
    return this.broker.find(groupId, this.settings.topic, place);
  }

  feed(settings: FeedSettings): InMemoryFeed {
    const feed = this.feeds.get(settings.topic) ?? new InMemoryFeed(settings, this.logger);
    this.feeds.set(settings.topic, feed);
    return feed;
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
    for (const feed of this.feeds.values()) feed.close();
    return this.publisher.close();
  }
}
