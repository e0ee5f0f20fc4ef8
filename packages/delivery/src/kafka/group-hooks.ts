import type { PartitionAssigner } from 'kafkajs';

/** What kafkajs has no hooks for; bootstrap passes in what supplies them, and says there what each one promises. */
export interface GroupHooks {
  readonly instanceId: string;
  readonly isLeaving: boolean;
  beforeJoin(): Promise<void>;
  afterJoin(
    assigned: readonly { topic: string; partitions: number[] }[],
    heartbeat: () => Promise<void>,
  ): Promise<void>;
  answered(sentAt: number): void;
  mayCommit(partition: number, position: bigint): boolean;
  outOfRange(partition: number, position: bigint): Promise<'read-on' | 'join-again'>;
}

/** What gives them to the consumer that is made with it. */
export type WithGroupHooks = (hooks: GroupHooks) => PartitionAssigner;
