import type { DeadLetterStore } from '../engine/dead-letters.js';
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
  /** 1,000,000 by default. */
  readonly maxMessageBytes?: number;
  /** So many may wait to be published; in memory, so many that no group has completed. */
  readonly maxQueuedMessages?: number;
}

/** A topic of its own for a test, and what a fresh client finds there. */
export interface TestTopic {
  readonly name: string;
  /** A publisher that is not started. The broker closes it at the end. */
  publisher(options?: PublisherOptions): TestPublisher;
  source(groupId: string): RecordSource;
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

/** A messaging system to run a contract on. */
export interface TestBroker {
  topic(partitions: number): Promise<TestTopic>;
  /** A topic that nobody created. */
  absentTopic(): TestTopic;
  topicExists(name: string): Promise<boolean>;
  /** An empty store for the dead letters of a topic with so many partitions. */
  deadLetterStore(partitions: number): Promise<TestDeadLetters>;
  close(): Promise<void>;
}

let topics = 0;

export function newTopicName(): string {
  return `topic-${process.pid}-${Date.now().toString(36)}-${++topics}`;
}
