import { setTimeout as delay } from 'node:timers/promises';
import { before } from './deadline.js';
import type { KafkaClient } from './kafka-client.js';
import { createCluster, fetchBatches, type Cluster } from './kafkajs-fetch.js';
import type { LogRecord } from './record-batch-decoder.js';

export interface TopicReaderSettings {
  readonly topic: string;
  /** How long the brokers may take for each answer, retries included. */
  readonly silenceMs: number;
}

/** Of a partition: from an offset up to, but not including, another. */
export interface Extent {
  readonly partition: number;
  readonly from: bigint;
  readonly to: bigint;
}

export interface Fetched {
  readonly records: readonly LogRecord[];
  readonly next: bigint;
}

interface Connection {
  readonly client: KafkaClient;
  readonly cluster: Promise<Cluster>;
}

const MAX_TRIES = 8;
const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 1_000;

/**
 * Reads a topic at any position, without a consumer group: a join takes up to `group.initial.rebalance.delay.ms`, 3 s by
 * default. It connects when it is first used; after a failure it connects anew, so it looks for leaders again too.
 */
export class TopicReader {
  private connection: Connection | undefined;
  private readonly waiting = new Set<(error: Error) => void>();
  private closed = false;

  constructor(
    private readonly settings: TopicReaderSettings,
    private readonly newClient: () => KafkaClient,
  ) {}

  /** What each partition has at this moment; of transactions only what has ended. */
  extents(): Promise<Extent[]> {
    const { topic } = this.settings;
    return this.retried(async (cluster) => {
      await cluster.refreshMetadata();
      const partitions = cluster.findTopicPartitionMetadata(topic).map((each) => each.partitionId);
      const [from, to] = await Promise.all([
        offsetsOf(cluster, topic, partitions, true),
        offsetsOf(cluster, topic, partitions, false),
      ]);
      return partitions
        .sort((a, b) => a - b)
        .map((partition) => ({ partition, from: from.get(partition) ?? 0n, to: to.get(partition) ?? 0n }));
    });
  }

  /** Some records from `position` on, where there are any. Without records `next` is behind `position` all the same. */
  fetch(partition: number, position: bigint, maxBytes: number): Promise<Fetched> {
    const { topic } = this.settings;
    return this.retried(async (cluster) => {
      try {
        const { records, next } = await fetchBatches(cluster, topic, partition, position, maxBytes);
        if (next === undefined) throw new Error('the broker returned no records');
        return { records: records.filter(({ offset }) => offset >= position), next };
      } catch (error) {
        if ((error as { readonly type?: string }).type !== 'OFFSET_OUT_OF_RANGE') throw error;
        const first = (await offsetsOf(cluster, topic, [partition], true)).get(partition);
        if (first === undefined || first <= position) throw error;
        return { records: [], next: first };
      }
    });
  }

  /** What is being read fails. */
  close(): void {
    this.closed = true;
    this.disconnect(this.connection);
    for (const reject of this.waiting) reject(new Error('the reader was closed'));
  }

  private async retried<T>(work: (cluster: Cluster) => Promise<T>): Promise<T> {
    const deadline = performance.now() + this.settings.silenceMs;
    for (let tries = 1; ; tries++) {
      const connection = this.connect();
      try {
        return await before(deadline, this.untilClosed(connection.cluster.then(work)));
      } catch (error) {
        this.disconnect(connection);
        const delayMs = Math.min(FIRST_DELAY_MS * 2 ** (tries - 1), MAX_DELAY_MS);
        if (this.closed || tries === MAX_TRIES || performance.now() + delayMs > deadline) throw error;
        await delay(delayMs);
      }
    }
  }

  private connect(): Connection {
    if (this.closed) throw new Error('the reader is closed');
    if (this.connection === undefined) {
      const client = this.newClient();
      this.connection = { client, cluster: connected(client, this.settings.topic) };
    }
    return this.connection;
  }

  private disconnect(connection: Connection | undefined): void {
    connection?.client.destroy();
    if (this.connection === connection) this.connection = undefined;
  }

  private untilClosed<T>(work: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.waiting.add(reject);
      void work.then(resolve, reject).finally(() => this.waiting.delete(reject));
    });
  }
}

async function connected(client: KafkaClient, topic: string): Promise<Cluster> {
  const cluster = createCluster(client.kafka);
  await cluster.connect();
  await cluster.addTargetTopic(topic);
  return cluster;
}

async function offsetsOf(
  cluster: Cluster,
  topic: string,
  partitions: readonly number[],
  fromBeginning: boolean,
): Promise<Map<number, bigint>> {
  const asked = { topic, partitions: partitions.map((partition) => ({ partition })), fromBeginning };
  const [found] = await cluster.fetchTopicsOffset([asked]);
  return new Map(found?.partitions.map(({ partition, offset }) => [partition, BigInt(offset)]));
}
