import type { Publisher } from '../engine/publisher.js';
import type { RecordSource } from '../engine/record-source.js';

/** A record as a fresh client finds it in the log. */
export interface LoggedRecord {
  readonly partition: number;
  readonly offset: string;
  readonly key: string;
  readonly value: Uint8Array;
  readonly headers: Readonly<Record<string, Uint8Array>>;
}

export type TestPublisher = Publisher & { start(): void; close(): Promise<void> };

export interface PublisherOptions {
  readonly maxMessageBytes?: number;
  /** So many have room that are not published yet; in memory, that no group has processed. */
  readonly maxQueuedMessages?: number;
}

/** A topic of its own for a test, and what a fresh client says of it. */
export interface TestTopic {
  readonly name: string;
  /** A publisher that is not started. The bed closes it at the end. */
  publisher(options?: PublisherOptions): TestPublisher;
  source(groupId: string): RecordSource;
  /** All records, by partition and offset. */
  records(): Promise<LoggedRecord[]>;
  /** By partition. */
  endOffsets(): Promise<bigint[]>;
  /** By partition; 0 where the group has committed nothing. */
  committed(groupId: string): Promise<bigint[]>;
}

/** A messaging system to run a contract on. */
export interface TestBroker {
  topic(partitions: number): Promise<TestTopic>;
  /** A topic that nobody created. */
  absentTopic(): TestTopic;
  topicExists(name: string): Promise<boolean>;
  close(): Promise<void>;
}

let topics = 0;

export function newTopicName(): string {
  return `orders-${process.pid}-${Date.now().toString(36)}-${++topics}`;
}
