import type { Admin } from 'kafkajs';
import type { FeedSettings } from '../engine/feed.js';
import { failureText } from '../engine/failure-text.js';
import type { Logger } from '../engine/logger.js';
import { KafkaTopic } from './kafka-topic.js';

const MINUTE_MS = 60_000;
/** What nobody has read by then is of no use to anybody. */
const RETENTION_MS = 10 * MINUTE_MS;
const NEWS = {
  retentionMs: RETENTION_MS,
  /** Brokers delete and compact whole segments, and none that is still appended to. */
  config: {
    'cleanup.policy': 'compact,delete',
    'segment.ms': String(RETENTION_MS),
    'segment.bytes': String(16 * 1024 * 1024),
  },
};
const RECORD = { retentionMs: -1, config: { 'cleanup.policy': 'delete', 'retention.bytes': '-1' } };
const RETRY_MS = 1_000;
/** Where it can't be made an operator has to act: asking more often would not help. */
const MAX_RETRY_MS = MINUTE_MS;

/** The topic of a feed. The process goes on without it; it is tried again, at last once a minute. */
export class KafkaFeedTopic {
  private readonly topic: KafkaTopic;
  private ensured: Promise<boolean> | undefined;
  private isThere = false;
  private retryAt = -Infinity;
  private retryMs = RETRY_MS;

  constructor(
    admin: Admin,
    private readonly settings: FeedSettings & { readonly replicationFactor: number },
    private readonly logger: Logger,
  ) {
    const kept = settings.isRecord === true ? RECORD : NEWS;
    this.topic = new KafkaTopic(admin, { ...settings, ...kept, partitions: 1 }, logger);
  }

  /** Creates it when it is absent, and checks it. Rejects when that fails. */
  async ensure(): Promise<void> {
    await this.topic.ensure();
    this.isThere = true;
  }

  /** Whether it is there, as far as is known. Never rejects. */
  isReady(): boolean | Promise<boolean> {
    if (this.isThere) return true;
    if (performance.now() < this.retryAt) return false;
    return (this.ensured ??= this.tryToEnsure());
  }

  private async tryToEnsure(): Promise<boolean> {
    const { topic } = this.settings;
    try {
      await this.ensure();
      return true;
    } catch (error) {
      const level = this.retryMs === RETRY_MS ? 'warn' : 'debug';
      this.logger[level]('a feed has no topic yet, nothing else is affected', {
        topic,
        reason: failureText(error),
      });
      this.retryAt = performance.now() + this.retryMs;
      this.retryMs = Math.min(2 * this.retryMs, MAX_RETRY_MS);
      return false;
    } finally {
      this.ensured = undefined;
    }
  }
}
