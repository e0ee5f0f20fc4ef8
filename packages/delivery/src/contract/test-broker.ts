import type { DeadLetterStore } from '../engine/dead-letters.js';
import type { Feed } from '../engine/feed.js';
import type { PartitionLag, RecordPlace, RecordStanding } from '../engine/messaging.js';
import type { Publisher } from '../engine/publisher.js';
import type { RecordSource } from '../engine/record-source.js';

/** A record as a fresh client finds it in the topic. */
export interface TopicRecord {
  readonly partition: number;
  readonly offset: string;
  readonly key: string;
  readonly value: Uint8Array;
  readonly headers: Readonly<Record<string, Uint8Array>>;
}

export type TestPublisher = Publisher & { start(): void; close(): Promise<void> };

export interface PublisherOptions {
  /** So many may wait to be published; in memory, so many that no group has completed. */
  readonly maxQueuedMessages?: number;
}

/** A topic of its own for a test, and what a fresh client finds there. */
export interface TestTopic {
  readonly name: string;
  /** A publisher that is not started. The broker closes it at the end. */
  publisher(options?: PublisherOptions): TestPublisher;
  source(groupId: string): RecordSource;
  lag(groupId: string): Promise<readonly PartitionLag[]>;
  find(groupId: string, place: RecordPlace): Promise<RecordStanding | undefined>;
  /** All records, by partition and offset. */
  records(): Promise<TopicRecord[]>;
  /** By partition. */
  endOffsets(): Promise<bigint[]>;
  /** By partition; 0 where the group has committed nothing. */
  committed(groupId: string): Promise<bigint[]>;
}

/** Two adapters of one dead-letter store, as two processes have them. */
export interface TestDeadLetters {
  readonly deadLetters: DeadLetterStore;
  readonly neighbour: DeadLetterStore;
}

/** One feed, as two processes have it; in memory there is one process. */
export interface TestFeeds {
  readonly feed: Feed;
  readonly neighbour: Feed;
  /** Of the first process. */
  close(): Promise<void>;
}

/** A messaging system to run a contract on. */
export interface TestBroker {
  topic(partitions: number): Promise<TestTopic>;
  /** A topic that nobody created. */
  absentTopic(): TestTopic;
  topicExists(name: string): Promise<boolean>;
  /** An empty store for the dead letters of a topic with so many partitions. */
  deadLetterStore(partitions: number): Promise<TestDeadLetters>;
  /** A feed that nobody used before. */
  feeds(): Promise<TestFeeds>;
  close(): Promise<void>;
}
