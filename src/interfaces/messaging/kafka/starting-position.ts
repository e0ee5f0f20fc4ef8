export interface PartitionOffsets {
  /** What the group committed; -1 when it never did. */
  readonly committed: bigint;
  /** The first offset that the log still has. */
  readonly low: bigint;
  /** The offset of the next record to come. */
  readonly high: bigint;
}

export interface StartingPosition {
  readonly position: bigint;
  /** What the operator should know: records are gone, or will come again. */
  readonly problem?: string;
}

/** Where a group goes on in a partition: at its committed position, a new group at the earliest record. */
export function startingPosition({ committed, low, high }: PartitionOffsets): StartingPosition {
  if (committed < 0n) return { position: low };
  if (committed < low) {
    return { position: low, problem: `${low - committed} records were deleted before they were carried out` };
  }
  if (committed > high) {
    return {
      position: low,
      problem: 'the log is shorter than what was committed: all of it is delivered again',
    };
  }
  return { position: committed };
}
