/** A record as it lies in the log. */
export interface ReceivedRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: Readonly<Record<string, Uint8Array>>;
}

/** Partition → the offset of the next record to carry out; what lies below is done. */
export type Positions = ReadonlyMap<number, bigint>;

/** What a source tells a member of a consumer group. */
export interface GroupMember {
  /** The partitions may go to others: finish and commit what is in hand, start nothing. The join waits for it. */
  beforeRejoin(): Promise<void>;
  /** These partitions are this member's from now on, each from its committed position; all others are not. */
  assigned(positions: Positions): void;
  /**
   * Records of one partition in order, the first at `firstOffset`. Answers the position where it goes on: the one after
   * the last record when the batch was taken; any other means that nothing was taken and where to read instead.
   * `undefined`: the partition isn't this member's.
   */
  received(partition: number, firstOffset: bigint, records: readonly ReceivedRecord[]): bigint | undefined;
  /** Whether committing `position` is right at this moment; asked again at each try, just before it leaves. */
  mayCommit(partition: number, position: bigint): boolean;
  /** The membership ended for good, by the source's doing. */
  failed(error: Error): void;
}

/** A member's place in its group. */
export interface Membership {
  /** Whether the group counts this member in. */
  isActive(): boolean;
  pause(partition: number): void;
  resume(partition: number): void;
  commit(positions: Positions): Promise<void>;
  /** Leaves the group, so that the others take over at once. */
  leave(): Promise<void>;
}

/** Where records come from: a topic, read as a member of a consumer group. */
export interface RecordSource {
  readonly topic: string;
  join(member: GroupMember): Promise<Membership>;
}
