import type { DeadLetterStore } from './dead-letters.js';
import type { DependencyCheck } from './dependency-check.js';
import type { Feed, FeedSettings } from './feed.js';
import type { PublishedMessage, Publisher } from './publisher.js';
import type { RecordSource } from './record-source.js';

/** How far a consumer group is behind in a partition. */
export interface PartitionLag {
  readonly partition: number;
  /** From the low-water mark to the end of the partition. */
  readonly records: number;
  /** Those of them that are not completed, at most: offsets without a record count, too. */
  readonly pending: number;
  /** The end of the partition: how many records it ever had. */
  readonly end: bigint;
  /** When the record at the low-water mark was sent or appended, in ms since the epoch; `undefined` when there is none. */
  readonly oldestAt: number | undefined;
}

/** Where a record is in the topic. `offset` is a 64-bit integer, as text: so it is what publishing resolved with. */
export type RecordPlace = Pick<PublishedMessage, 'partition' | 'offset'>;

/** Where a record stands in a consumer group, as the commits of the group tell. */
export interface RecordStanding {
  readonly key: Uint8Array | null;
  /** When it was sent or appended, as the topic is set; ms since the epoch. */
  readonly timestamp: number;
  readonly isCompleted: boolean;
  /** Records before it in its partition that are not completed, at most: offsets without a record count, too. 0 when it is completed. */
  readonly ahead: number;
}

/** A topic with its dead letters, in Kafka or in memory: everything that a service needs to publish and to consume. */
export interface Messaging<Reason extends string = string> extends DependencyCheck {
  readonly publisher: Publisher;
  readonly deadLetters: DeadLetterStore<Reason>;
  /** The topic as the members of a consumer group read it. */
  source(group: GroupSettings): RecordSource;
  /** How far the group is behind, by partition, as its commits tell. Asks as no member. Rejects when the brokers are unavailable. */
  lag(groupId: string): Promise<readonly PartitionLag[]>;
  /**
   * Where a record stands in the group; `undefined` when there is none at this place, not yet or no longer. Asks as no member;
   * calls that come together share their requests. Rejects when the brokers are unavailable.
   */
  find(groupId: string, place: RecordPlace): Promise<RecordStanding | undefined>;
  /** News of the moment beside the topic. Of one name there is one; it is closed with all of this. */
  feed(settings: FeedSettings): Feed;
  /** Creates the topics, or checks them; not those of feeds, which nothing depends on. Rejects when the brokers are unavailable, and when a topic is not as it was asked for. */
  start(): Promise<void>;
  /** Whether `start` failed only because the brokers are unavailable, so that trying again may help. */
  isUnavailable(error: unknown): boolean;
  /** Publishes what was accepted, and closes all connections. The members of groups have to leave before. */
  stop(): Promise<void>;
}

/** A consumer group, and how its members keep their places in it. */
export interface GroupSettings {
  readonly groupId: string;
  /** A member that is silent for this long loses its partitions. 10 s by default. */
  readonly sessionTimeoutMs?: number;
  /** How soon a member notices a rebalance. 1 s by default, at most a third of the session time-out. */
  readonly heartbeatIntervalMs?: number;
  /** How long a re-join waits for the members; above the drain and the session time-out. 15 s by default. */
  readonly rebalanceTimeoutMs?: number;
}

export const GROUP_DEFAULTS = {
  sessionTimeoutMs: 10_000,
  heartbeatIntervalMs: 1_000,
  rebalanceTimeoutMs: 15_000,
} as const satisfies Omit<GroupSettings, 'groupId'>;
