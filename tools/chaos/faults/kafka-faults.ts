import type { Random } from '../../../packages/delivery/test/simulation/random.js';
import type { KafkaProxy } from '../../../packages/delivery/test/support/kafka-proxy.js';
import { waitFor } from '../../../packages/delivery/src/contract/wait-for.js';
import type { Stage } from '../stage.js';
import type { Fault } from './fault.js';

const track = 'kafka';

const MAX_DEAD_LETTER_BYTES = 2 * 1024 * 1024;
/** As the service wants the topic of its dead letters. */
const DEAD_LETTER_TOPIC = {
  'cleanup.policy': 'delete',
  'retention.ms': '-1',
  'retention.bytes': '-1',
  'max.message.bytes': String(MAX_DEAD_LETTER_BYTES),
};

export const kafkaFaults: readonly Fault[] = [
  {
    kind: 'kill-broker',
    track,
    inflict: (stage, random) => withoutBrokers(stage, random, 1, (node) => node.kill()),
  },
  {
    kind: 'restart-broker',
    track,
    inflict: (stage, random) => withoutBrokers(stage, random, 1, (node) => node.stop()),
  },
  {
    kind: 'kill-two-brokers',
    track,
    brokers: 3,
    inflict: (stage, random) => withoutBrokers(stage, random, 2, (node) => node.kill()),
  },
  {
    kind: 'kill-all-brokers',
    track,
    brokers: 3,
    inflict: (stage, random) => withoutBrokers(stage, random, 3, (node) => node.kill()),
  },
  {
    kind: 'move-leaders',
    track,
    brokers: 3,
    alone: true,
    inflict: async (stage, random) => {
      const everywhere = [1, 2, 3];
      const slow = anyOf(stage.kafka.proxies, random);
      slow.tcp.delayMs = random.int(1_500, 3_000); // so long that what it sends comes after a join
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
    kind: 'freeze-broker',
    track,
    inflict: async (stage, random) => {
      const { nodes } = stage.kafka.cluster;
      const node = nodes[random.int(0, nodes.length - 1)];
      const ms = random.int(4_000, 20_000);
      const [leave, come] = [() => node?.freeze(), () => node?.thaw()];
      if (nodes.length === 1) return stage.without('broker', ms, { leave, come });
      leave();
      await stage.hold(ms);
      come();
    },
  },
  {
    kind: 'cut-broker',
    track,
    inflict: async (stage, random) => {
      for (let times = random.int(1, 4); times > 0; times--) {
        for (const { tcp } of stage.kafka.proxies) tcp.cut();
        await stage.hold(random.int(100, 1_500));
      }
    },
  },
  {
    kind: 'hang-broker',
    track,
    inflict: (stage, random) =>
      stage.without('broker', random.int(2_000, 8_000), {
        leave: () => onAll(stage, ({ tcp }) => tcp.hang()),
        come: () => onAll(stage, ({ tcp }) => tcp.flow()),
      }),
  },
  {
    kind: 'slow-broker',
    track,
    inflict: async (stage, random) => {
      const proxy = anyOf(stage.kafka.proxies, random);
      proxy.tcp.delayMs = random.int(30, 300);
      await stage.hold(random.int(3_000, 7_000));
      proxy.tcp.delayMs = 0;
    },
  },
  {
    kind: 'lose-answers',
    track,
    inflict: async (stage, random) => {
      for (let times = random.int(2, 6); times > 0; times--) {
        const proxy = anyOf(stage.kafka.proxies, random);
        if (random.chance(0.5)) proxy.swallowProduceAnswers(random.int(1, 3));
        else proxy.cutProduceAnswers(random.int(1, 3));
        await stage.hold(random.int(300, 1_500));
      }
      onAll(stage, (proxy) => proxy.swallowProduceAnswers(0));
    },
  },
  {
    kind: 'tear-broker',
    track,
    inflict: async (stage, random) => {
      const { tcp } = anyOf(stage.kafka.proxies, random);
      tcp.tear(random.int(1, 8));
      await stage.hold(random.int(1_000, 3_000));
      tcp.tear(0);
    },
  },
  {
    kind: 'refuse-letters',
    track,
    inflict: async (stage, random) => {
      await stage.inspector.limitDeadLetters(100);
      await stage.hold(random.int(3_000, 6_000));
      await stage.inspector.limitDeadLetters(MAX_DEAD_LETTER_BYTES);
    },
  },
  {
    kind: 'absent-letters',
    track,
    once: true,
    inflict: async (stage, random) => {
      const { admin, service, kafka } = stage;
      const topic = `${service.topic}.dlq`;
      const offsets = await admin.fetchTopicOffsets(topic);
      if (offsets.some(({ high }) => high !== '0')) throw new Error('letters lie there already');
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
    inflict: async ({ rogueProducer }, random) => {
      await rogueProducer.tryToPutUnreadable(random.int(1_000, 3_000));
    },
  },
  {
    kind: 'add-partitions',
    track,
    once: true,
    alone: true,
    inflict: async ({ admin, service }) => {
      await admin.createPartitions({ topicPartitions: [{ topic: service.topic, count: 10 }] });
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

type Node = Stage['kafka']['cluster']['nodes'][number];

/** With one broker, or too few of three, nothing can be written. */
async function withoutBrokers(
  stage: Stage,
  random: Random,
  count: number,
  end: (node: Node) => Promise<unknown>,
): Promise<void> {
  const { nodes } = stage.kafka.cluster;
  const first = random.int(0, nodes.length - 1);
  const victims = [...nodes.slice(first), ...nodes.slice(0, first)].slice(0, count);
  const each = (act: (node: Node) => Promise<unknown>) => Promise.all(victims.map(act));
  const ms = random.int(500, 5_000);
  const [leave, come] = [() => each(end), () => each((node) => node.start())];
  if (nodes.length - count < 2) return stage.without('broker', ms, { leave, come });
  await leave();
  await stage.hold(ms);
  await come();
}

function anyOf(proxies: readonly KafkaProxy[], random: Random): KafkaProxy {
  const proxy = proxies[random.int(0, proxies.length - 1)];
  if (proxy === undefined) throw new Error('there is no broker');
  return proxy;
}

function onAll({ kafka }: Stage, act: (proxy: KafkaProxy) => void): void {
  kafka.proxies.forEach(act);
}
