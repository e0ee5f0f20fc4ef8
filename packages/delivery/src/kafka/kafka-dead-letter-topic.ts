import kafkajs, { type Admin } from 'kafkajs';
import type { Logger } from '../engine/logger.js';
import { KafkaTopic, UnsuitableTopic, type TopicSettings } from './kafka-topic.js';
import { retry } from './retry.js';

// of a CommonJS package node finds these only here
const { ConfigResourceTypes, KafkaJSProtocolError } = kafkajs;

/** A message of the largest size fits, with the headers of its dead letter. */
export const MAX_DEAD_LETTER_BYTES = 2 * 1024 * 1024;

const GROWN_WITHIN_MS = 3_000;
const GROWN_RETRY_MS = 50;

const REQUIRED = {
  'cleanup.policy': 'delete',
  'retention.ms': '-1',
  'retention.bytes': '-1',
  'max.message.bytes': String(MAX_DEAD_LETTER_BYTES),
};

/** The dead-letter topic: it has each partition that the messages' topic has, and keeps its records for ever. */
export class KafkaDeadLetterTopic {
  private readonly dlq: KafkaTopic;

  constructor(
    private readonly admin: Admin,
    private readonly settings: Pick<TopicSettings, 'topic' | 'replicationFactor'>,
    private readonly logger: Logger,
  ) {
    const whateverItHas = { partitions: 0, retentionMs: -1, config: REQUIRED };
    this.dlq = new KafkaTopic(admin, { ...settings, ...whateverItHas }, logger);
  }

  /**
   * Creates the topic when it is absent, adds partitions when it has too few, and checks it in any case.
   * @throws UnsuitableTopic when it can't be created or grown, or would not keep every dead letter
   */
  async ensure(partitions: number): Promise<void> {
    if ((await this.dlq.ensure(partitions)) < partitions) {
      await this.grow(partitions);
      await this.dlq.readPartitionCount();
    }
    await this.checkConfig();
  }

  partitionCount(): number | Promise<number> {
    return this.dlq.partitionCount();
  }

  /** For messages' topics that are given more partitions while the service runs. */
  async growTo(partitions: number): Promise<void> {
    if ((await this.partitionCount()) < partitions) await this.ensure(partitions);
  }

  /** No key decides the partition of a dead letter, so partitions may be added at any time. */
  private async grow(partitions: number): Promise<void> {
    const { topic } = this.settings;
    try {
      await this.admin.createPartitions({ topicPartitions: [{ topic, count: partitions }] });
      this.logger.info('partitions added', { topic, partitions });
    } catch (cause) {
      if (!(cause instanceof KafkaJSProtocolError)) throw cause;
      await this.expectGrown(partitions, cause);
    }
  }

  /** Another process may have been first; this broker hears of it a moment later than the one that refused. */
  private async expectGrown(partitions: number, cause: { type: string; message: string }): Promise<void> {
    const { topic } = this.settings;
    const remedy = `kafka-topics --alter --topic ${topic} --partitions ${partitions}`;
    const message = `topic '${topic}' can't be given ${partitions} partitions: ${cause.message}; try ${remedy}`;
    const tooFew = new UnsuitableTopic(message, { cause });
    const check = async () => {
      if ((await this.dlq.readPartitionCount()) < partitions) throw tooFew;
    };
    await retry(check, {
      delayMs: () => GROWN_RETRY_MS,
      isWorthIt: (error) => error === tooFew,
      deadlineMs: cause.type === 'INVALID_PARTITIONS' ? GROWN_WITHIN_MS : 0,
    });
  }

  private async checkConfig(): Promise<void> {
    const { topic } = this.settings;
    const { resources } = await this.admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configNames: Object.keys(REQUIRED) }],
    });
    const found = new Map(
      resources[0]?.configEntries.map(({ configName, configValue }) => [configName, configValue]),
    );
    const wrong = Object.entries(REQUIRED).filter(([name, value]) =>
      name === 'max.message.bytes' ? Number(found.get(name)) < Number(value) : found.get(name) !== value,
    );
    if (wrong.length === 0) return;
    const has = wrong.map(([name]) => `${name}=${found.get(name)}`).join(' and ');
    const remedy = wrong.map(([name, value]) => `${name}=${value}`).join(',');
    throw new UnsuitableTopic(
      `topic '${topic}' has ${has} and would not keep every dead letter: ` +
        `kafka-configs --alter --entity-type topics --entity-name ${topic} --add-config ${remedy}`,
    );
  }
}
