import type { DeadLetterStore } from './dead-letters.js';
import type { DependencyCheck } from './dependency-check.js';
import type { Publisher } from './publisher.js';
import type { RecordSource } from './record-source.js';

/** A topic with its dead letters, in Kafka or in memory: everything that a service needs to publish and to consume. */
export interface Messaging<Reason extends string = string> extends DependencyCheck {
  readonly publisher: Publisher;
  readonly deadLetters: DeadLetterStore<Reason>;
  /** The topic as the members of a consumer group read it. */
  source(group: GroupSettings): RecordSource;
  /** Creates the topics, or checks them. Rejects when the brokers are unavailable, and when a topic is not as it was asked for. */
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
