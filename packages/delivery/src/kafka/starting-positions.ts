import type { Admin } from 'kafkajs';
import type { Logger } from '../engine/logger.js';
import type { CommittedPosition, Positions } from '../engine/record-source.js';

/** Both ends of a partition's log. */
export interface LogEnds {
  /** The first offset that the log still has. */
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
  /** What the operator should know: records are gone, or will come again. */
  readonly problem?: string;
}

/**
 * Where a group goes on in a partition: at its committed position, a new group at the earliest record. A group whose
 * offsets were deleted, or have expired, looks like a new one.
 */
export function startingPosition({ committed, metadata, low, high }: PartitionOffsets): StartingPosition {
  if (committed < 0n) {
    const problem = `the group has committed nothing here: ${high - low} records are delivered, those that it ever carried out too`;
    return { position: low, metadata: '', ...(high > low && { problem }) };
  }
  if (committed < low) {
    return {
      position: low,
      metadata,
      problem: `${low - committed} records were deleted before they were carried out`,
    };
  }
  if (committed > high) {
    return {
      position: low,
      metadata: '',
      problem: 'the log is shorter than what was committed: all of it is delivered again',
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
  const [ofGroup] = await admin.fetchOffsets({ groupId, topics: [topic] });
  const endsOf = await logEnds(admin, topic);
  const positions = new Map<number, CommittedPosition>();
  for (const partition of partitions) {
    const group = ofGroup?.partitions.find((each) => each.partition === partition);
    const start = startingPosition({
      committed: BigInt(group?.offset ?? '-1'),
      metadata: group?.metadata ?? '',
      ...endsOf(partition),
    });
    if (start.problem !== undefined) logger.error(start.problem, { topic, partition, groupId });
    positions.set(partition, start);
  }
  return positions;
}

/** Asks the brokers for the ends of a topic's partitions. What it answers throws for a partition that they left out. */
export async function logEnds(admin: Admin, topic: string): Promise<(partition: number) => LogEnds> {
  const offsets = await admin.fetchTopicOffsets(topic);
  return (partition) => {
    const ends = offsets.find((each) => each.partition === partition);
    if (ends === undefined) throw new Error(`the brokers don't say the offsets of partition ${partition}`);
    return { low: BigInt(ends.low), high: BigInt(ends.high) };
  };
}
