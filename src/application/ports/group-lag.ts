/** How far the replicas are behind in a partition, as they have committed. */
export interface PartitionLag {
  readonly partition: number;
  /** Published and not committed: what Kafka's own tools call the lag. */
  readonly records: number;
  /** Published and not completed: behind one that is retried, others are completed. */
  readonly pending: number;
  /** How many were published ever. */
  readonly end: number;
  /** When the oldest that is not completed was published, in ms since the epoch; `undefined` when there is none. */
  readonly oldestAt: number | undefined;
}

/** Tells how far the consumer group is behind. */
export interface GroupLag {
  /** By partition. Rejects when the brokers don't say so soon. */
  lag(): Promise<readonly PartitionLag[]>;
}
