import type { Random } from '../../../packages/delivery/test/simulation/random.js';
import type { KafkaProxy } from '../../../packages/delivery/test/support/kafka-proxy.js';
import type { Stage } from '../stage.js';
import type { Fault } from './fault.js';

const track = 'kafka';

export const brokerFaults: readonly Fault[] = [
  {
    kind: 'kill-broker',
    track,
    inject: (stage, random) => withoutBrokers(stage, random, 1, (node) => node.kill()),
  },
  {
    kind: 'restart-broker',
    track,
    inject: (stage, random) => withoutBrokers(stage, random, 1, (node) => node.stop()),
  },
  {
    kind: 'kill-two-brokers',
    track,
    brokers: 3,
    inject: (stage, random) => withoutBrokers(stage, random, 2, (node) => node.kill()),
  },
  {
    kind: 'kill-all-brokers',
    track,
    brokers: 3,
    inject: (stage, random) => withoutBrokers(stage, random, 3, (node) => node.kill()),
  },
  {
    kind: 'freeze-broker',
    track,
    inject: async (stage, random) => {
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
    kind: 'drop-broker-connections',
    track,
    inject: async (stage, random) => {
      for (let times = random.int(1, 4); times > 0; times--) {
        for (const { tcp } of stage.kafka.proxies) tcp.dropConnections();
        await stage.hold(random.int(100, 1_500));
      }
    },
  },
  {
    kind: 'hang-broker',
    track,
    inject: (stage, random) =>
      stage.without('broker', random.int(2_000, 8_000), {
        leave: () => onAll(stage, ({ tcp }) => tcp.hang()),
        come: () => onAll(stage, ({ tcp }) => tcp.flow()),
      }),
  },
  {
    kind: 'slow-broker',
    track,
    inject: async (stage, random) => {
      const proxy = stage.anyBrokerProxy(random);
      proxy.tcp.delayMs = random.int(30, 300);
      await stage.hold(random.int(3_000, 7_000));
      proxy.tcp.delayMs = 0;
    },
  },
  {
    kind: 'lose-responses',
    track,
    inject: async (stage, random) => {
      for (let times = random.int(2, 6); times > 0; times--) {
        const proxy = stage.anyBrokerProxy(random);
        if (random.chance(0.5)) proxy.swallowProduceResponses(random.int(1, 3));
        else proxy.dropAtProduceResponses(random.int(1, 3));
        await stage.hold(random.int(300, 1_500));
      }
      onAll(stage, (proxy) => proxy.swallowProduceResponses(0));
    },
  },
  {
    kind: 'tear-broker',
    track,
    inject: async (stage, random) => {
      const { tcp } = stage.anyBrokerProxy(random);
      tcp.tear(random.int(1, 8));
      await stage.hold(random.int(1_000, 3_000));
      tcp.tear(0);
    },
  },
];

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

function onAll({ kafka }: Stage, act: (proxy: KafkaProxy) => void): void {
  kafka.proxies.forEach(act);
}
