import kafkajs, { type Admin } from 'kafkajs';
import type { Logger } from '../engine/logger.js';
import { retry } from './retry.js';

// of a CommonJS package node finds these only here
const { KafkaJSAggregateError, KafkaJSError } = kafkajs;

export interface TopicSettings {
  readonly topic: string;
  /** At least so many. */
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly retentionMs: number;
  /** Whatever else the topic is created with. */
  readonly config?: Readonly<Record<string, string>>;
}

/** The topic exists, but not as it was asked for; it needs an operator. */
export class UnsuitableTopic extends Error {
  override readonly name = 'UnsuitableTopic';
}

const PARTITIONS_MAX_AGE_MS = 30_000;
const KNOWN_WITHIN_MS = 10_000;
const KNOWN_RETRY_MS = 100;

/** Creates and checks a topic, and knows its partitions. */
export class KafkaTopic {
  private known: { readonly count: number; readonly at: number } | undefined;
  private reading: Promise<number> | undefined;

  constructor(
    private readonly admin: Admin,
    private readonly settings: TopicSettings,
    private readonly logger: Logger,
  ) {}

  /**
   * Creates the topic when it is absent, and checks it in any case. Returns how many partitions it has.
   * A topic that lacks one replica, as while its partitions are moved, keeps its promises: that is only a warning.
   * @throws UnsuitableTopic when it has fewer partitions than asked, or fewer replicas than a confirmation waits for, or
   * can't be created with them
   */
  async ensure(partitions = this.settings.partitions): Promise<number> {
    const createAndCheck = async () => {
      if (await this.isAbsent()) await this.create(partitions);
      return this.check();
    };
    return retry(createAndCheck, {
      delayMs: () => KNOWN_RETRY_MS,
      isWorthIt: isUnknownTopic,
      deadlineMs: KNOWN_WITHIN_MS,
    });
  }

  /** How many partitions the topic has; at most half a minute old. Rejects when the topic is absent. */
  partitionCount(): number | Promise<number> {
    if (this.known === undefined) return (this.reading ??= this.readPartitionCount());
    if (performance.now() - this.known.at > PARTITIONS_MAX_AGE_MS && this.reading === undefined) {
      this.reading = this.readPartitionCount();
      this.reading.catch((error: unknown) => {
        this.logger.debug('the number of partitions could not be read again', { error });
      });
    }
    return this.known.count;
  }

  /** At this moment, as far as the broker that responds knows. */
  async readPartitionCount(): Promise<number> {
    try {
      const count = (await this.partitions()).length;
      this.known = { count, at: performance.now() };
      return count;
    } finally {
      this.reading = undefined;
    }
  }

  /** Asked first, so that a process whose topics are there needs no right to create them. */
  private async isAbsent(): Promise<boolean> {
    try {
      await this.partitions();
      return false;
    } catch (error) {
      if (isUnknownTopic(error)) return true;
      throw error;
    }
  }

  private async create(partitions: number): Promise<void> {
    const { topic, replicationFactor, retentionMs, config } = this.settings;
    const configEntries = Object.entries({
      'retention.ms': String(retentionMs),
      'min.insync.replicas': String(minInsyncReplicas(replicationFactor)),
      ...config,
    }).map(([name, value]) => ({ name, value }));
    try {
      const created = await this.admin.createTopics({
        waitForLeaders: true,
        topics: [{ topic, numPartitions: partitions, replicationFactor, configEntries }],
      });
      if (created) this.logger.info('topic created', { topic, partitions, replicationFactor });
    } catch (error) {
      if (!(error instanceof KafkaJSAggregateError)) throw error;
      const reasons = error.errors.map(String).join(', ');
      throw new UnsuitableTopic(
        `topic '${topic}' can't be created with ${replicationFactor} replicas: ${reasons}`,
      );
    }
  }

  private async check(): Promise<number> {
    const { topic, partitions, replicationFactor } = this.settings;
    const found = await this.partitions();
    this.known = { count: found.length, at: performance.now() };
    if (found.length < partitions) {
      throw new UnsuitableTopic(
        `topic '${topic}' has ${found.length} partitions, fewer than the setting partitions=${partitions}: ` +
          `kafka-topics --alter --topic ${topic} --partitions ${partitions}, or set partitions=${found.length}`,
      );
    }
    const replicas = Math.min(...found.map((partition) => partition.replicas.length));
    if (replicas < replicationFactor) {
      const tooFew =
        `topic '${topic}' has ${replicas} replicas, fewer than the setting replicationFactor=${replicationFactor}: ` +
        `give it more with kafka-reassign-partitions, or set replicationFactor=${replicas}`;
      if (replicas < minInsyncReplicas(replicationFactor)) throw new UnsuitableTopic(tooFew);
      this.logger.warn(tooFew);
    }
    return found.length;
  }

  private async partitions() {
    const { topic } = this.settings;
    const { topics } = await this.admin.fetchTopicMetadata({ topics: [topic] });
    const found = topics.find(({ name }) => name === topic)?.partitions ?? [];
    if (found.length === 0) throw new KafkaJSError(`topic '${topic}' has no partitions`);
    return found;
  }
}

/** So responds a broker that has not yet heard of a topic that was just created; kafkajs waits for leaders alone. */
function isUnknownTopic(error: unknown): boolean {
  return error instanceof KafkaJSError && 'type' in error && error.type === 'UNKNOWN_TOPIC_OR_PARTITION';
}

/** On how many brokers a record is before it is confirmed: one may be unavailable. */
function minInsyncReplicas(replicationFactor: number): number {
  return Math.max(1, replicationFactor - 1);
}

/** Whether a retry may help: no broker could be reached, or it was not ready. */
export function isBrokerUnavailable(error: unknown): boolean {
  if (!(error instanceof KafkaJSError)) return false;
  // what kafkajs has retried in vain it calls not retriable; the reason is inside
  return error.cause === undefined ? error.retriable : isBrokerUnavailable(error.cause);
}
