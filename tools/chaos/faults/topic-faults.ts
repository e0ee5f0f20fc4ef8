import { waitFor } from '../../../packages/delivery/src/contract/wait-for.js';
import type { Stage } from '../stage.js';
import type { Fault } from './fault.js';

const track = 'kafka';

const MAX_DEAD_LETTER_BYTES = 2 * 1024 * 1024;
/** As the service creates its dead-letter topic. */
const DEAD_LETTER_TOPIC = {
  'cleanup.policy': 'delete',
  'retention.ms': '-1',
  'retention.bytes': '-1',
  'max.message.bytes': String(MAX_DEAD_LETTER_BYTES),
};

export const topicFaults: readonly Fault[] = [
  {
    kind: 'move-leaders',
    track,
    brokers: 3,
    alone: true,
    inject: async (stage, random) => {
      const everywhere = [1, 2, 3];
      const slow = stage.anyBrokerProxy(random);
      slow.tcp.delayMs = random.int(1_500, 3_000); // so long that its responses arrive after a join
      for (let times = random.int(3, 6); times > 0; times--) {
        await placeReplicas(stage, ({ leader }) => everywhere.filter((node) => node !== leader));
        await stage.hold(random.int(300, 1_000));
      }
      slow.tcp.delayMs = 0;
      await placeReplicas(stage, ({ leader }) => [leader, ...everywhere.filter((node) => node !== leader)]);
      await waitFor('every broker in sync', () => isInSync(stage, everywhere.length), {
        deadlineMs: 30_000,
        intervalMs: 100,
      });
    },
  },
  {
    kind: 'refuse-dead-letters',
    track,
    inject: async (stage, random) => {
      await stage.inspector.limitDeadLetters(100);
      await stage.hold(random.int(3_000, 6_000));
      await stage.inspector.limitDeadLetters(MAX_DEAD_LETTER_BYTES);
    },
  },
  {
    kind: 'absent-dead-letter-topic',
    track,
    once: true,
    inject: async (stage, random) => {
      const { admin, service, kafka } = stage;
      const topic = `${service.topic}.dlq`;
      const offsets = await admin.fetchTopicOffsets(topic);
      if (offsets.some(({ high }) => high !== '0')) throw new Error('there are dead letters already');
      await admin.deleteTopics({ topics: [topic] });
      await stage.hold(random.int(3_000, 6_000));
      const replicationFactor = kafka.cluster.nodes.length;
      const configEntries = Object.entries(DEAD_LETTER_TOPIC).map(([name, value]) => ({ name, value }));
      await admin.createTopics({
        topics: [{ topic, numPartitions: offsets.length, replicationFactor, configEntries }],
      });
      await stage.inspector.stampDeadLetters();
    },
  },
  {
    kind: 'poison-in-bulk',
    track,
    inject: async ({ rogueProducer }, random) => {
      await rogueProducer.tryToPutUnreadable(random.int(1_000, 3_000));
    },
  },
  {
    kind: 'add-partitions',
    track,
    once: true,
    alone: true,
    inject: async ({ admin, service }) => {
      const { topic } = service;
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      const count = (topics[0]?.partitions.length ?? 0) + 5;
      await admin.createPartitions({ topicPartitions: [{ topic, count }] });
    },
  },
];

/** A leader that is not among the replicas any more has to hand over. */
async function placeReplicas(
  { admin, service }: Stage,
  replicasOf: (partition: { leader: number }) => number[],
): Promise<void> {
  const { topic } = service;
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
  const partitionAssignment = (topics[0]?.partitions ?? []).map((partition) => ({
    partition: partition.partitionId,
    replicas: replicasOf(partition),
  }));
  await admin.alterPartitionReassignments({ topics: [{ topic, partitionAssignment }] });
}

/** Whether each partition has so many replicas, all of them in sync. */
async function isInSync({ admin, service: { topic } }: Stage, count: number): Promise<boolean> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
  const partitions = topics[0]?.partitions ?? [];
  return partitions.every(({ replicas, isr }) => replicas.length === count && isr.length === count);
}
