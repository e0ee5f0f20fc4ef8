import type { Logger } from './logger.js';

/** A record of a topic. */
export interface ReceivedRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  /** When it was sent or appended, as the topic is set; ms since the epoch. */
  readonly timestamp: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: Readonly<Record<string, Uint8Array>>;
}

/**
 * Consecutive records of one partition: everything that the topic has from `from` up to, but not including, `to`. Where
 * records were deleted before they were read the batch is empty, and the source has logged the loss.
 */
export interface RecordBatch {
  readonly partition: number;
  readonly from: bigint;
  readonly to: bigint;
  readonly records: readonly ReceivedRecord[];
}

/** Where a group stands in a partition. */
export interface CommittedPosition {
  /** The low-water mark: all that lies below is completed. */
  readonly position: bigint;
  /** What the committer noted beside it: at most 4,096 bytes of ASCII, empty when nothing. */
  readonly metadata: string;
}

/** By partition. */
export type Positions = ReadonlyMap<number, CommittedPosition>;

/** What a source tells a member of a consumer group. No method throws or rejects. */
export interface GroupMember {
  /** Names the member in its group, the same after a restart; of two under one id the older one fails. */
  readonly id: string;
  /** Where the source logs what concerns this member. */
  readonly logger: Logger;
  /** The partitions may go to others: finish and commit what is in flight, start nothing. The join waits for it. */
  beforeRejoin(): Promise<void>;
  /** These partitions are this member's from now on, each from its committed position and none paused; no others are. */
  assigned(positions: Positions): void;
  /**
   * The position to read on from: `batch.to` when it was taken. Any other means that nothing was taken, as the batch
   * doesn't begin where this member stands. `undefined`: the partition isn't this member's now.
   */
  received(batch: RecordBatch): bigint | undefined;
  /** Whether committing `position` is right at this moment; asked at each try, just before it leaves. */
  mayCommit(partition: number, position: bigint): boolean;
  /** The membership ended for good, and not because it was asked to. */
  failed(error: Error): void;
}

/** A member's place in its group. */
export interface Membership {
  /** Resolves when the member has joined; its partitions may be assigned before. */
  join(): Promise<void>;
  /**
   * The membership lease: whether the group surely counts this member in, as it responded to a heartbeat that is younger than
   * the session time-out. Goes on through the drain before a re-join, so that what finishes there may take effect.
   */
  isActive(): boolean;
  /** Why it is no member now, as far as is known, in words for an operator. */
  readonly problem?: string | undefined;
  pause(partition: number): void;
  resume(partition: number): void;
  commit(positions: Positions): Promise<void>;
  /** Leaves the group, so that the others take over at once. Never rejects. */
  leave(): Promise<void>;
}

/** Where records come from: a topic, read by the members of a consumer group. */
export interface RecordSource {
  membership(member: GroupMember): Membership;
}
