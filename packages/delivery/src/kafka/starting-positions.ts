import type { Admin } from 'kafkajs';
import { metadataFrom } from '../engine/commit-metadata.js';
import type { Logger } from '../engine/logger.js';
import type { CommittedPosition, Positions } from '../engine/record-source.js';

/** Both ends of what a partition has. */
export interface LogEnds {
  /** The first offset that was not deleted. */
  readonly low: bigint;
  /** The offset of the next record to come. */
  readonly high: bigint;
}

export interface PartitionOffsets extends LogEnds {
  /** What the group committed; -1 when it never did. */
  readonly committed: bigint;
  /** What it noted beside it. */
  readonly metadata: string;
}

export interface StartingPosition extends CommittedPosition {
  /** What the operator should know: records were deleted, or are redelivered. */
  readonly problem?: string;
}

/**
 * Where a group goes on in a partition: at its committed position, a new group at the earliest record. A group whose
 * offsets were deleted, or have expired, looks like a new one.
 */
export function startingPosition({ committed, metadata, low, high }: PartitionOffsets): StartingPosition {
  if (committed < 0n) {
    const problem = `the group has committed nothing here: ${high - low} records are delivered, also those that it ever completed`;
    return { position: low, metadata: '', ...(high > low && { problem }) };
  }
  if (committed < low) {
    return {
      position: low,
      metadata: metadataFrom(low, committed, metadata),
      problem: `${low - committed} records were deleted before they were completed`,
    };
  }
  if (committed > high) {
    return {
      position: low,
      metadata: '',
      problem: 'the partition ends below the committed position: all of it is redelivered',
    };
  }
  return { position: committed, metadata };
}

/** Asks the brokers where the group goes on in each of `partitions`. Rejects when they don't say it of all. */
export async function startingPositions(
  admin: Admin,
  { topic, groupId }: { readonly topic: string; readonly groupId: string },
  partitions: readonly number[],
  logger: Logger,
): Promise<Positions> {
  const [group] = await admin.fetchOffsets({ groupId, topics: [topic] });
  const endsIn = await logEnds(admin, topic);
  const positions = new Map<number, CommittedPosition>();
  for (const partition of partitions) {
    const committed = group?.partitions.find((each) => each.partition === partition);
    const start = startingPosition({
      committed: BigInt(committed?.offset ?? '-1'),
      metadata: committed?.metadata ?? '',
      ...endsIn(partition),
    });
    if (start.problem !== undefined) logger.error(start.problem, { topic, partition, groupId });
    positions.set(partition, start);
  }
  return positions;
}

/** Asks the brokers for the ends of a topic's partitions. The result throws for a partition that they left out. */
export async function logEnds(admin: Admin, topic: string): Promise<(partition: number) => LogEnds> {
  const offsets = await admin.fetchTopicOffsets(topic);
  return (partition) => {
    const ends = offsets.find((each) => each.partition === partition);
    if (ends === undefined) throw new Error(`the brokers don't say the offsets of partition ${partition}`);
    return { low: BigInt(ends.low), high: BigInt(ends.high) };
  };
}
