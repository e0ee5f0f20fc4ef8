import { backOffMs } from '../engine/back-off.js';
import { before } from '../engine/deadline.js';
import type { KafkaClient } from './kafka-client.js';
import { connectCluster, fetchBatches } from './kafkajs-fetch.js';
import type { Cluster } from './kafkajs-internals.js';
import type { LogRecord } from './log-record.js';
import { isNotAuthorized } from './protocol-error.js';
import { retry } from './retry.js';
import type { LogEnds } from './starting-positions.js';
import { findMissingRight, type NeededRight } from './topic-rights.js';

export interface TopicReaderSettings {
  readonly topic: string;
  /** How long the brokers may take for each response, retries included. */
  readonly silenceMs: number;
}

export interface Fetched {
  readonly records: readonly LogRecord[];
  readonly next: bigint;
}

interface FetchedFrom {
  readonly partition: number;
  readonly position: bigint;
  readonly maxBytes: number;
  readonly waitMs: number;
}

interface Connection {
  readonly client: KafkaClient;
  readonly cluster: Promise<Cluster>;
}

/** Enough where there are records. */
const FETCH_WAIT_MS = 100;
const MAX_ATTEMPTS = 8;
const BACK_OFF = { initialMs: 100, maxMs: 1_000 };

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

  /** Of each partition, in their order, at this moment; of transactions only what has ended. */
  ends(): Promise<ReadonlyMap<number, LogEnds>> {
    const { topic } = this.settings;
    return this.retried(async (cluster) => {
      await cluster.refreshMetadata();
      const partitions = cluster.findTopicPartitionMetadata(topic).map((each) => each.partitionId);
      const [lows, highs] = await Promise.all([
        fetchOffsets(cluster, topic, partitions, 'earliest'),
        fetchOffsets(cluster, topic, partitions, 'latest'),
      ]);
      const ends = partitions
        .sort((a, b) => a - b)
        .map((each) => [each, { low: lows.get(each) ?? 0n, high: highs.get(each) ?? 0n }] as const);
      return new Map(ends);
    });
  }

  /** Some records from `position` on, where there are any. Without records `next` is behind `position` all the same. */
  fetch(partition: number, position: bigint, maxBytes: number): Promise<Fetched> {
    return this.fetchFrom({ partition, position, maxBytes, waitMs: FETCH_WAIT_MS }, () => {
      throw new Error('the broker returned no records');
    });
  }

  /** The same, at the end of the partition too: there it returns when there is one, or none after `waitMs`, less than `silenceMs`. */
  poll(partition: number, position: bigint, maxBytes: number, waitMs: number): Promise<Fetched> {
    return this.fetchFrom({ partition, position, maxBytes, waitMs }, () => position);
  }

  /** Which of these rights this user does not have, in words; `undefined` when it has all. */
  missingRight(needed: readonly NeededRight[]): Promise<string | undefined> {
    return this.retried((cluster) => findMissingRight(cluster, needed));
  }

  /** What is being read fails. */
  close(): void {
    this.closed = true;
    this.disconnect(this.connection);
    for (const reject of this.waiting) reject(new Error('the reader was closed'));
  }

  /** @param atEnd returns the next position where the broker has no records */
  private fetchFrom(
    { partition, position, maxBytes, waitMs }: FetchedFrom,
    atEnd: () => bigint,
  ): Promise<Fetched> {
    const { topic } = this.settings;
    return this.retried(async (cluster) => {
      try {
        const fetched = await fetchBatches(cluster, topic, partition, position, maxBytes, waitMs);
        const { records, next = atEnd() } = fetched;
        return { records: records.filter(({ offset }) => offset >= position), next };
      } catch (error) {
        if ((error as { readonly type?: string }).type !== 'OFFSET_OUT_OF_RANGE') throw error;
        const first = (await fetchOffsets(cluster, topic, [partition], 'earliest')).get(partition);
        if (first === undefined || first <= position) throw error;
        return { records: [], next: first };
      }
    });
  }

  private retried<T>(work: (cluster: Cluster) => Promise<T>): Promise<T> {
    const { silenceMs } = this.settings;
    const deadline = performance.now() + silenceMs;
    const attempt = async () => {
      const connection = this.connect();
      try {
        const result = this.untilClosed(connection.cluster.then(work));
        return await before(Math.max(0, deadline - performance.now()), result);
      } catch (error) {
        this.disconnect(connection);
        throw error;
      }
    };
    return retry(attempt, {
      delayMs: (failed) => backOffMs(failed, BACK_OFF),
      isWorthIt: (error, failed) => !this.closed && failed < MAX_ATTEMPTS && !isNotAuthorized(error),
      deadlineMs: silenceMs,
    });
  }

  private connect(): Connection {
    if (this.closed) throw new Error('the reader is closed');
    if (this.connection === undefined) {
      const client = this.newClient();
      this.connection = { client, cluster: connectCluster(client, this.settings.topic) };
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

async function fetchOffsets(
  cluster: Cluster,
  topic: string,
  partitions: readonly number[],
  which: 'earliest' | 'latest',
): Promise<Map<number, bigint>> {
  const [found] = await cluster.fetchTopicsOffset([
    {
      topic,
      partitions: partitions.map((partition) => ({ partition })),
      fromBeginning: which === 'earliest',
    },
  ]);
  return new Map(found?.partitions.map(({ partition, offset }) => [partition, BigInt(offset)]));
}
