import { describe, expect, it } from '@jest/globals';
import kafkajs, { type PartitionAssigner } from 'kafkajs';
import { PartitionGrowth } from '../../../src/kafka/partition-growth.js';

// of a CommonJS package node finds this only here
const { MemberAssignment } = kafkajs.AssignerProtocol;
const TOPIC = 'orders';

function anAssigner(growth: PartitionGrowth, partitions = 2) {
  const cluster = {
    findTopicPartitionMetadata: () =>
      Array.from({ length: partitions }, (_, partitionId) => ({ partitionId })),
  };
  return growth.assigner({ cluster } as unknown as Parameters<PartitionAssigner>[0]);
}

/** What two members of a group get. */
async function assign(partitions: number): Promise<Buffer[]> {
  const members = ['a', 'b'].map((memberId) => ({ memberId, memberMetadata: Buffer.alloc(0) }));
  const assigner = anAssigner(new PartitionGrowth(), partitions);
  const assignments = await assigner.assign({ members, topics: [TOPIC] });
  return assignments.map(({ memberAssignment }) => memberAssignment);
}

/** Whether a member that was assigned this finds partitions missing among so many. */
function isMissed(assignment: Buffer, partitions: number): boolean {
  const growth = new PartitionGrowth();
  growth.received(assignment);
  return growth.isMissed(partitions);
}

describe('the growth of a topic', () => {
  it('leaves the assignment as kafkajs makes it', async () => {
    const assigned = (await assign(3)).map((each) => MemberAssignment.decode(each)?.assignment);
    expect(assigned).toEqual([{ [TOPIC]: [0, 2] }, { [TOPIC]: [1] }]);
  });

  it('is noticed by a member whose assignment was made for fewer partitions', async () => {
    const [assignment = Buffer.alloc(0)] = await assign(2);
    expect([2, 3].map((partitions) => isMissed(assignment, partitions))).toEqual([false, true]);
  });

  it('is noticed by a member that has no partition', async () => {
    const [, idle = Buffer.alloc(0)] = await assign(1);
    expect([1, 2].map((partitions) => isMissed(idle, partitions))).toEqual([false, true]);
  });

  it('is left to the leader where that does not say for how many partitions it assigned', () => {
    const ofOlderRelease = MemberAssignment.encode({
      version: 0,
      assignment: { [TOPIC]: [0] },
      userData: Buffer.alloc(0),
    });
    expect([ofOlderRelease, Buffer.alloc(0)].map((each) => isMissed(each, 2))).toEqual([false, false]);
  });

  it('changes the subscription of the member that noticed it, each time, and no other', () => {
    const growth = new PartitionGrowth();
    const subscription = () =>
      anAssigner(growth)
        .protocol({ topics: [TOPIC] })
        .metadata.toString('hex');
    const seen = [subscription(), subscription()];
    for (const assigned of [1, 2]) {
      growth.received(
        MemberAssignment.encode({ version: 0, assignment: {}, userData: Buffer.from(String(assigned)) }),
      );
      growth.isMissed(3);
      seen.push(subscription());
    }
    growth.isMissed(2);
    seen.push(subscription());

    expect(seen.map((each) => seen.indexOf(each))).toEqual([0, 0, 2, 3, 3]);
  });
});
