import kafkajs, { type Assigner, type PartitionAssigner } from 'kafkajs';

// of a CommonJS package node finds these only here
const {
  AssignerProtocol: { MemberAssignment, MemberMetadata },
  PartitionAssigners,
} = kafkajs;

/**
 * Notices partitions that were added before a member came back. A static member gets its old assignment again, without a
 * rebalance, and kafkajs takes the partitions that it finds then for those that are assigned: nobody reads the new ones.
 */
export class PartitionGrowth {
  private assigned: number | undefined;
  private requests = 0;

  /** Assigns as kafkajs does by default; each assignment says how many partitions there were. */
  readonly assigner: PartitionAssigner = (config) => {
    const assigner = PartitionAssigners.roundRobin(config) as Assigner & { readonly version: number };
    const { name, version } = assigner;
    return {
      name,
      version,
      assign: async (group) => {
        const assignments = await assigner.assign(group);
        const partitions = group.topics.flatMap((topic) => config.cluster.findTopicPartitionMetadata(topic));
        return group.members.map(({ memberId }) => {
          const own = assignments.find((each) => each.memberId === memberId);
          const assignment = own && MemberAssignment.decode(own.memberAssignment)?.assignment;
          const userData = Buffer.from(String(partitions.length));
          const memberAssignment = MemberAssignment.encode({
            version,
            assignment: assignment ?? {},
            userData,
          });
          return { memberId, memberAssignment };
        });
      },
      protocol: ({ topics }) => {
        const userData = Buffer.from(String(this.requests));
        return { name, metadata: MemberMetadata.encode({ version, topics, userData }) };
      },
    };
  };

  /** What the coordinator assigned; without a number where the leader is of an older release. */
  received(assignment: Buffer): void {
    const says = MemberAssignment.decode(assignment)?.userData.toString() ?? '';
    this.assigned = says === '' ? undefined : Number(says);
  }

  /**
   * Whether there are partitions that are not assigned. Then the next join makes the group rebalance: for a member that is
   * not the leader brokers do so only when its subscription has changed.
   */
  isMissed(partitions: number): boolean {
    const isMissed = this.assigned !== undefined && this.assigned < partitions;
    if (isMissed) this.requests++;
    return isMissed;
  }
}
