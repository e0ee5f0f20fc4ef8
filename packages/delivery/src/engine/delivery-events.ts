import type { Logger } from './logger.js';
import type { ReceivedRecord } from './record-source.js';

/** What happened in one replica. Times are in ms. */
export type DeliveryEvent =
  /** Records of a partition were read. An attempt at `redelivered` of them was made before, here or elsewhere, as far as is known. */
  | {
      readonly kind: 'records-received';
      readonly partition: number;
      readonly count: number;
      readonly redelivered: number;
    }
  /** An attempt at a record ended. `error` is what the handler rejected with; absent when the record was processed. */
  | {
      readonly kind: 'attempt-finished';
      readonly record: ReceivedRecord;
      readonly durationMs: number;
      readonly error?: unknown;
    }
  /** A failed attempt was counted, and another one follows. */
  | ({ readonly kind: 'retried' } & FailedAttempt)
  /** A record was dead-lettered, which is confirmed. */
  | ({ readonly kind: 'dead-lettered'; readonly reason: string } & FailedAttempt)
  /** A commit ended; with `error` it failed. */
  | { readonly kind: 'commit-finished'; readonly durationMs: number; readonly error?: unknown }
  /** Partitions were assigned, so long after the replica began to let go of those before, or to join. */
  | { readonly kind: 'rebalanced'; readonly durationMs: number }
  /** What the replica does is another thing than before. */
  | { readonly kind: 'state-changed'; readonly state: EngineState };

interface FailedAttempt {
  readonly record: ReceivedRecord;
  /** The number of the attempt, of all that were counted. */
  readonly attempt: number;
  readonly durationMs: number;
  readonly error: unknown;
}

/**
 * `joining`: it has no partitions yet, or no longer. `draining`: it lets what is in flight finish, before a rebalance or its
 * stop. `paused`: by its operator. `stopped`: for good, whether or not it was asked to.
 */
export type EngineState = 'joining' | 'working' | 'draining' | 'paused' | 'stopped';

/** Is told what happens, as it happens. Returns soon: records wait for it. What it throws is logged once, and has no effect. */
export type DeliveryObserver = (event: DeliveryEvent) => void;

/** Why the reading of a partition pauses. `pending-…`: so much of it waits. `uncommitted`: so much is completed beyond what waits. */
export type PauseReason = (typeof PAUSE_REASONS)[number];
export const PAUSE_REASONS = [
  'operator',
  'stopping',
  'pending-records',
  'pending-bytes',
  'uncommitted',
] as const;

/** A partition of a replica at this moment. */
export interface PartitionState {
  readonly partition: number;
  readonly pending: number;
  readonly inFlight: number;
  readonly paused: PauseReason | undefined;
  /** When the oldest record that is not completed was sent or appended, in ms since the epoch; `undefined` when none is pending. */
  readonly oldestAt: number | undefined;
}

/** So that an observer that throws has no effect. */
export function harmless(observer: DeliveryObserver, logger: Logger): DeliveryObserver {
  let hasFailed = false;
  return (event: DeliveryEvent) => {
    try {
      observer(event);
    } catch (error) {
      if (!hasFailed) logger.error('an observer of the delivery failed, it goes on', { error });
      hasFailed = true;
    }
  };
}
