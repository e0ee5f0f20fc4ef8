import type { Admin, Kafka } from 'kafkajs';
import type { Logger } from '../../../application/ports/logger.js';
import type { GroupMember, Membership, RecordSource } from '../delivery/record-source.js';
import { KafkaMembership } from './kafka-membership.js';

export interface KafkaSourceSettings {
  readonly topic: string;
  readonly groupId: string;
  /** A member that is silent for this long loses its partitions. */
  readonly sessionTimeoutMs: number;
  /** How soon a member notices a rebalance. */
  readonly heartbeatIntervalMs: number;
  /** How long a re-join waits for the members; above the drain that precedes it. */
  readonly rebalanceTimeoutMs: number;
}

/** What kafkajs has no hooks for; bootstrap passes in what supplies them. */
export interface GroupHooks {
  beforeJoin(): Promise<void>;
  afterJoin(assigned: readonly { topic: string; partitions: number[] }[]): Promise<void>;
  mayCommit(partition: number, position: bigint): boolean;
}

export type RunWithGroupHooks = <T>(hooks: GroupHooks, run: () => Promise<T>) => Promise<T>;

/** A Kafka topic as the order consumer reads it. Each membership has a connection of its own. */
export class KafkaRecordSource implements RecordSource {
  constructor(
    private readonly settings: KafkaSourceSettings,
    private readonly newClient: () => { readonly kafka: Kafka; destroy(): void },
    private readonly admin: Admin,
    private readonly runWithHooks: RunWithGroupHooks,
    private readonly logger: Logger,
  ) {}

  membership(member: GroupMember): Membership {
    return new KafkaMembership(
      member,
      this.settings,
      this.newClient(),
      this.admin,
      this.runWithHooks,
      this.logger,
    );
  }
}
