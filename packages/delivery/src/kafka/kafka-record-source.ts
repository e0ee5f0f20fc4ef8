import type { Admin } from 'kafkajs';
import type { Logger } from '../engine/logger.js';
import type { GroupMember, Membership, RecordSource } from '../engine/record-source.js';
import type { WithGroupHooks } from './group-hooks.js';
import { KafkaMembership, type KafkaConnection, type KafkaSourceSettings } from './kafka-membership.js';

/** A Kafka topic as the order consumer reads it. Each membership has a connection of its own. */
export class KafkaRecordSource implements RecordSource {
  constructor(
    private readonly settings: KafkaSourceSettings,
    private readonly newClient: (memberId: string) => KafkaConnection,
    private readonly admin: Admin,
    private readonly withHooks: WithGroupHooks,
    private readonly logger: Logger,
  ) {}

  membership(member: GroupMember): Membership {
    return new KafkaMembership(
      member,
      this.settings,
      this.newClient(member.id),
      this.admin,
      this.withHooks,
      this.logger,
    );
  }
}
