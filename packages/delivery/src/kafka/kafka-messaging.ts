import type { Admin } from 'kafkajs';
import type { DependencyState } from '../engine/dependency-check.js';
import type { Logger } from '../engine/logger.js';
import type { GroupSettings, Messaging } from '../engine/messaging.js';
import { before } from './deadline.js';
import { KafkaCheck } from './kafka-check.js';
import { createKafkaClient, type KafkaClient } from './kafka-client.js';
import { KafkaDeadLetterStore } from './kafka-dead-letter-store.js';
import { KafkaDeadLetterTopic } from './kafka-dead-letter-topic.js';
import { KafkaPublisher } from './kafka-publisher.js';
import { KafkaRecordSource } from './kafka-record-source.js';
import { isBrokerUnavailable, KafkaTopic } from './kafka-topic.js';
import { withGroupHooks } from './kafkajs-group-patches.js';
import { applyKafkajsPatches } from './kafkajs-patches.js';
import { PartitionProducers } from './partition-producers.js';

export interface KafkaMessagingSettings<Reason extends string> {
  /** `host:port` of some brokers. */
  readonly brokers: readonly string[];
  /** Begins the name of each connection, as the brokers show it. */
  readonly clientId: string;
  readonly topic: string;
  /** The topic has at least so many. */
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly retentionMs: number;
  /** All reasons for which the handler dead-letters a record. */
  readonly reasons: readonly Reason[];
  /** Every publish settles within this time. */
  readonly publishDeadlineMs: number;
  /** Of one message, and of one batch. The broker's own limit, `message.max.bytes`, is 1,048,588 by default. */
  readonly maxMessageBytes: number;
  readonly maxQueuedMessages: number;
  readonly maxQueuedBytes: number;
}

/** A list of dead letters whose next records don't come within this time is given up. */
const LISTING_SILENCE_MS = 10_000;
/** kafkajs may never settle it. */
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
  private readonly topicOfDeadLetters: KafkaDeadLetterTopic;
  private readonly brokerCheck: KafkaCheck;

  constructor(
    private readonly settings: KafkaMessagingSettings<Reason>,
    private readonly logger: Logger,
  ) {
    applyKafkajsPatches();
    const { topic, partitions, replicationFactor, publishDeadlineMs: deadlineMs } = settings;
    this.deadLetterTopic = `${topic}.dlq`;
    this.adminClient = this.newClient('admin', 5_000);
    this.admin = this.adminClient.kafka.admin({
      retry: { initialRetryTime: 100, maxRetryTime: 500, retries: 5 },
    });
    this.brokerCheck = new KafkaCheck(this.admin, this.adminClient);
    this.topic = new KafkaTopic(this.admin, settings, logger);
    this.topicOfDeadLetters = new KafkaDeadLetterTopic(
      this.admin,
      { topic: this.deadLetterTopic, partitions, replicationFactor },
      logger,
    );
    this.publisher = new KafkaPublisher({ ...settings, deadlineMs }, this.producers('publisher'), () =>
      this.topic.partitionCount(),
    );
    this.deadLetters = new KafkaDeadLetterStore(
      { topic: this.deadLetterTopic, reasons: settings.reasons, deadlineMs, silenceMs: LISTING_SILENCE_MS },
      this.producers('dead-letters'),
      () => this.newClient('dead-letters-reader', 5_000),
      this.topicOfDeadLetters,
      logger,
    );
  }

  source(group: GroupSettings): KafkaRecordSource {
    return new KafkaRecordSource(
      { ...group, topic: this.settings.topic },
      (memberId) => this.newClient(`consumer-${memberId}`, 5_000),
      this.admin,
      withGroupHooks,
      this.logger,
    );
  }

  async start(): Promise<void> {
    this.publisher.start();
    await this.topicOfDeadLetters.ensure(await this.topic.ensure());
  }

  isUnavailable(error: unknown): boolean {
    return isBrokerUnavailable(error);
  }

  check(): Promise<DependencyState> {
    return this.brokerCheck.check();
  }

  async stop(): Promise<void> {
    await Promise.all([this.publisher.close(), this.deadLetters.close()]);
    await before(performance.now() + ADMIN_DISCONNECT_MS, this.admin.disconnect()).catch((error: unknown) => {
      this.logger.debug('the admin client did not disconnect cleanly', { error });
    });
    this.adminClient.destroy();
  }

  private producers(purpose: string): PartitionProducers {
    return new PartitionProducers(() => this.newClient(purpose, 2_000), this.logger);
  }

  private newClient(purpose: string, requestTimeoutMs: number): KafkaClient {
    const { brokers, clientId } = this.settings;
    return createKafkaClient({ brokers, clientId: `${clientId}-${purpose}`, requestTimeoutMs }, this.logger);
  }
}
