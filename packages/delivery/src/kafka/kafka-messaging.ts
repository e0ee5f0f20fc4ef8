import type { Admin } from 'kafkajs';
import type { DependencyState } from '../engine/dependency-check.js';
import type { FeedSettings } from '../engine/feed.js';
import type { Logger } from '../engine/logger.js';
import {
  GROUP_DEFAULTS,
  type GroupSettings,
  type Messaging,
  type PartitionLag,
  type RecordPlace,
  type RecordStanding,
} from '../engine/messaging.js';
import type { RecordSource } from '../engine/record-source.js';
import { groupLag } from './group-lag.js';
import { checkBrokers } from './kafka-check.js';
import { createKafkaClient, disconnect, type KafkaClient } from './kafka-client.js';
import { KafkaDeadLetterStore } from './kafka-dead-letter-store.js';
import { KafkaDeadLetterTopic } from './kafka-dead-letter-topic.js';
import { KafkaFeed } from './kafka-feed.js';
import { KafkaFeedTopic } from './kafka-feed-topic.js';
import { KafkaMembership } from './kafka-membership.js';
import { KafkaPublisher, type KafkaPublisherLimits } from './kafka-publisher.js';
import type { KafkaSecurity } from './kafka-security.js';
import { isBrokerUnavailable, KafkaTopic } from './kafka-topic.js';
import { RecordFinder } from './record-finder.js';
import { TopicBrokers } from './topic-brokers.js';
import { TopicReader } from './topic-reader.js';
import type { NeededRight } from './topic-rights.js';
import { TopicSender, type TopicSenderSettings } from './topic-sender.js';

export interface KafkaMessagingSettings<Reason extends string> extends Partial<KafkaPublisherLimits> {
  /** `host:port` of some brokers. */
  readonly brokers: readonly string[];
  /** By default connections are in plain text, and the brokers are not told who this is. */
  readonly security?: KafkaSecurity | undefined;
  /** Begins the name of each connection, as the brokers show it. */
  readonly clientId: string;
  readonly topic: string;
  /** The topic has at least so many. */
  readonly partitions: number;
  readonly replicationFactor: number;
  /** 7 days by default. */
  readonly retentionMs?: number;
  /** All reasons for which the handler dead-letters a record. */
  readonly reasons: readonly Reason[];
  /** Whether messages are published here: then `check` tells when that is not authorized. */
  readonly publishes?: boolean;
  /** Every publish settles within this time, 4.5 s by default. */
  readonly publishDeadlineMs?: number;
}

const DEFAULTS = {
  retentionMs: 7 * 24 * 60 * 60 * 1_000,
  publishDeadlineMs: 4_500,
  maxMessageBytes: 1_000_000,
  maxQueuedMessages: 20_000,
  maxQueuedBytes: 64 * 1024 * 1024,
};
const ADMIN_TIMEOUT_MS = 5_000;
const PRODUCER_TIMEOUT_MS = 2_000;
/** Of a batch of dead letters, before it is compressed. */
const MAX_DEAD_LETTER_BATCH_BYTES = 1_000_000;
/** A list of dead letters fails when the brokers are silent for so long. */
const LISTING_SILENCE_MS = 10_000;
/** The lag of a group, and where a record stands in it, are of use only while they are fresh. */
const STANDING_SILENCE_MS = 2_000;
/** News that can't be appended soon is old. Of a batch of them no more than a broker takes by default. */
const FEED_SENDER = { deadlineMs: 2_000, maxBatchBytes: 500_000 };
/** Above what a reading of a feed waits. */
const FEED_SILENCE_MS = 5_000;
/** A disconnect of kafkajs may never settle. */
export const ADMIN_DISCONNECT_MS = 1_000;

/** A topic of Apache Kafka and its dead-letter topic, `<topic>.dlq`. Connects when it is first used. */
export class KafkaMessaging<Reason extends string> implements Messaging<Reason> {
  readonly name = 'broker';
  readonly publisher: KafkaPublisher;
  readonly deadLetters: KafkaDeadLetterStore<Reason>;
  readonly deadLetterTopic: string;
  private readonly adminClient: KafkaClient;
  private readonly admin: Admin;
  private readonly topic: KafkaTopic;
  private readonly dlq: KafkaDeadLetterTopic;
  private readonly reader: TopicReader;
  /** By group. */
  private readonly finders = new Map<string, RecordFinder>();
  private readonly feeds = new Map<string, KafkaFeed>();
  private hasMembers = false;

  constructor(
    private readonly settings: KafkaMessagingSettings<Reason>,
    private readonly logger: Logger,
  ) {
    const all = { ...DEFAULTS, ...settings };
    const { topic, replicationFactor, reasons, publishDeadlineMs: deadlineMs } = all;
    this.deadLetterTopic = `${topic}.dlq`;
    this.adminClient = this.newClient('admin', ADMIN_TIMEOUT_MS);
    this.admin = this.adminClient.kafka.admin({
      retry: { initialRetryTime: 100, maxRetryTime: 500, retries: 5 },
    });
    this.topic = new KafkaTopic(this.admin, all, logger);
    const dlq = { topic: this.deadLetterTopic, replicationFactor };
    this.dlq = new KafkaDeadLetterTopic(this.admin, dlq, logger);
    this.reader = new TopicReader({ topic, silenceMs: STANDING_SILENCE_MS }, () =>
      this.newClient('reader', ADMIN_TIMEOUT_MS),
    );
    this.publisher = new KafkaPublisher(
      all,
      this.sender('publisher', { topic, deadlineMs, maxBatchBytes: all.maxMessageBytes }),
      () => this.topic.partitionCount(),
    );
    this.deadLetters = new KafkaDeadLetterStore(
      { topic: this.deadLetterTopic, reasons },
      // a message that was compressed may be larger than its topic's limit, and must fit all the same
      this.sender('dead-letters', {
        topic: this.deadLetterTopic,
        deadlineMs,
        maxBatchBytes: MAX_DEAD_LETTER_BATCH_BYTES,
        compression: 'gzip',
      }),
      new TopicReader({ topic: this.deadLetterTopic, silenceMs: LISTING_SILENCE_MS }, () =>
        this.newClient('dead-letters-reader', ADMIN_TIMEOUT_MS),
      ),
      this.dlq,
      logger,
    );
  }

  /** Each member of the group has connections of its own. */
  source(group: GroupSettings): RecordSource {
    const settings = { ...GROUP_DEFAULTS, ...group, topic: this.settings.topic };
    return {
      membership: (member) => {
        this.hasMembers = true;
        const client = this.newClient(`consumer-${member.id}`, ADMIN_TIMEOUT_MS);
        return new KafkaMembership(member, settings, client, this.admin);
      },
    };
  }

  lag(groupId: string): Promise<readonly PartitionLag[]> {
    return groupLag(this.admin, { topic: this.settings.topic, groupId }, this.reader);
  }

  find(groupId: string, place: RecordPlace): Promise<RecordStanding | undefined> {
    const group = { topic: this.settings.topic, groupId };
    const finder = this.finders.get(groupId) ?? new RecordFinder(this.admin, group, this.reader);
    this.finders.set(groupId, finder);
    return finder.find(place);
  }

  feed(settings: FeedSettings): KafkaFeed {
    const { topic } = settings;
    const feed =
      this.feeds.get(topic) ??
      new KafkaFeed(
        settings,
        this.feedTopic(settings),
        this.sender('feed', { topic, ...FEED_SENDER }),
        new TopicReader({ topic, silenceMs: FEED_SILENCE_MS }, () =>
          this.newClient('feed-reader', ADMIN_TIMEOUT_MS),
        ),
        this.logger,
      );
    this.feeds.set(topic, feed);
    return feed;
  }

  /** Creates the topic of a feed, or checks it: where the service may not, somebody who may does so before. */
  ensureFeed(settings: FeedSettings): Promise<void> {
    return this.feedTopic(settings).ensure();
  }

  async start(): Promise<void> {
    this.publisher.start();
    await this.dlq.ensure(await this.topic.ensure());
  }

  isUnavailable(error: unknown): boolean {
    return isBrokerUnavailable(error);
  }

  check(): Promise<DependencyState> {
    return checkBrokers(this.admin, this.adminClient, async () => {
      const needed = this.neededRights();
      return needed.length === 0 ? undefined : this.reader.missingRight(needed);
    });
  }

  async stop(): Promise<void> {
    this.reader.close();
    const feeds = [...this.feeds.values()].map((feed) => feed.close());
    await Promise.all([this.publisher.close(), this.deadLetters.close(), ...feeds]);
    try {
      await disconnect(this.adminClient, this.admin, ADMIN_DISCONNECT_MS);
    } catch (error) {
      this.logger.debug('the admin client did not disconnect cleanly', { error });
    }
  }

  /** Without which no work is done. Where the brokers don't know who this is, nobody has given it less. */
  private neededRights(): NeededRight[] {
    const { security, topic, publishes = false } = this.settings;
    if (security === undefined) return [];
    const rights: NeededRight[] = [];
    if (publishes) rights.push({ topic, operation: 'Write' });
    if (this.hasMembers) {
      rights.push({ topic, operation: 'Read' }, { topic: this.deadLetterTopic, operation: 'Write' });
    }
    return rights;
  }

  private feedTopic(settings: FeedSettings): KafkaFeedTopic {
    const { replicationFactor } = this.settings;
    return new KafkaFeedTopic(this.admin, { ...settings, replicationFactor }, this.logger);
  }

  private sender(purpose: string, settings: TopicSenderSettings): TopicSender {
    const client = this.newClient(purpose, PRODUCER_TIMEOUT_MS);
    return new TopicSender(settings, new TopicBrokers(client, settings.topic, this.logger));
  }

  private newClient(purpose: string, requestTimeoutMs: number): KafkaClient {
    const { brokers, security, clientId } = this.settings;
    const client = { brokers, security, clientId: `${clientId}-${purpose}`, requestTimeoutMs };
    return createKafkaClient(client, this.logger);
  }
}
