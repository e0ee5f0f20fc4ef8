import type { Launch, ServiceProcess } from '../../dev-servers/service-process.js';
import type { Random } from '../../../packages/delivery/test/simulation/random.js';
import { waitFor } from '../../../packages/delivery/src/contract/wait-for.js';
import { SESSION_TIMEOUT_MS, type Stage } from '../stage.js';
import type { Fault } from './fault.js';

const track = 'replicas';
/** Enough to start with. */
const FEW_OPEN_FILES = 256;
const SMALL_HEAP_MB = 40;

export const replicaFaults: readonly Fault[] = [
  {
    kind: 'kill-replica',
    track,
    inject: async ({ service }, random) => {
      const { name } = await kill(anyOf(service.running, random));
      await service.addConsumer(name);
    },
  },
  {
    kind: 'kill-replica-for-long',
    track,
    inject: async (stage, random) => {
      const { name } = await kill(anyOf(stage.service.running, random));
      await stage.hold(SESSION_TIMEOUT_MS + random.int(500, 4_000));
      await stage.service.addConsumer(name);
    },
  },
  {
    kind: 'kill-all-replicas',
    track,
    inject: async ({ service }) => {
      const killed = await Promise.all(consumersOf(service.running).map(kill));
      for (const { name } of killed) await service.addConsumer(name);
    },
  },
  {
    kind: 'rolling-restart',
    track,
    alone: true,
    graceful: true,
    inject: async ({ service }) => {
      for (const consumer of consumersOf(service.running)) {
        await consumer.stop();
        await ready(service, await service.addConsumer(consumer.name));
      }
    },
  },
  {
    kind: 'replace-api',
    track,
    alone: true,
    graceful: true,
    inject: async ({ service }) => {
      await service.replaceApi();
    },
  },
  {
    kind: 'kill-api',
    track,
    inject: async ({ service }) => {
      await service.restartApi('SIGKILL');
    },
  },
  {
    kind: 'freeze-replica',
    track,
    inject: (stage, random) => freeze(stage, random, random.int(1_000, SESSION_TIMEOUT_MS - 1_500)),
  },
  {
    kind: 'freeze-replica-for-long',
    track,
    inject: (stage, random) => freeze(stage, random, SESSION_TIMEOUT_MS + random.int(1_000, 4_000)),
  },
  {
    kind: 'block-event-loop',
    track,
    inject: async (stage, random) => {
      const blockMs = random.int(500, SESSION_TIMEOUT_MS + 2_000);
      anyOf(stage.service.running, random).tell({ blockMs });
      await stage.hold(blockMs);
    },
  },
  {
    kind: 'jump-clock',
    track,
    inject: async (stage, random) => {
      const consumer = anyOf(stage.service.running, random);
      const hours = random.pick([-24, -1, 1, 24]);
      consumer.tell({ clockAheadMs: hours * 3_600_000 });
      await stage.hold(random.int(2_000, 6_000));
      consumer.tell({ clockAheadMs: 0 });
    },
  },
  {
    kind: 'small-heap',
    track,
    inject: (stage, random) =>
      restartedFor(stage, random, { nodeArguments: [`--max-old-space-size=${SMALL_HEAP_MB}`] }),
  },
  {
    kind: 'few-open-files',
    track,
    inject: (stage, random) =>
      restartedFor(stage, random, { maxOpenFiles: FEW_OPEN_FILES }, async (consumer) => {
        await stage.hold(random.int(2_000, 4_000));
        consumer.tell({ takeOpenFiles: true });
      }),
  },
  {
    kind: 'scale',
    track,
    alone: true,
    graceful: true,
    inject: async ({ service }) => {
      const [first, ...others] = consumersOf(service.running);
      if (first === undefined) throw new Error('no consumer runs');
      await Promise.all(others.map((consumer) => consumer.stop()));
      await ready(service, first);
      const names = [...others.map(({ name }) => name), 'consumer-6', 'consumer-7'];
      const added = await Promise.all(names.map((name) => service.addConsumer(name)));
      await Promise.all(added.map((consumer) => ready(service, consumer)));
      await Promise.all(added.slice(-2).map((consumer) => consumer.stop()));
    },
  },
  {
    kind: 'delete-offsets',
    track,
    once: true,
    alone: true,
    inject: async ({ service, admin }) => {
      const consumers = consumersOf(service.running);
      await Promise.all(consumers.map((consumer) => consumer.stop()));
      await admin.deleteGroups([service.group]);
      for (const { name } of consumers) await service.addConsumer(name);
    },
  },
];

function consumersOf(running: readonly ServiceProcess[]): ServiceProcess[] {
  return running.filter(({ name }) => name.startsWith('consumer'));
}

function anyOf(running: readonly ServiceProcess[], random: Random): ServiceProcess {
  const [first, ...others] = consumersOf(running);
  if (first === undefined) throw new Error('no consumer runs');
  return random.pick([first, ...others]);
}

async function kill(consumer: ServiceProcess): Promise<ServiceProcess> {
  consumer.signal('SIGKILL');
  await consumer.exited;
  return consumer;
}

async function freeze(stage: Stage, random: Random, ms: number): Promise<void> {
  const consumer = anyOf(stage.service.running, random);
  consumer.signal('SIGSTOP');
  try {
    await stage.hold(ms);
  } finally {
    consumer.signal('SIGCONT');
  }
}

/** A replica that is started in another way for a while; it may end by itself meanwhile. */
async function restartedFor(
  stage: Stage,
  random: Random,
  launch: Launch,
  hamper?: (consumer: ServiceProcess) => Promise<void>,
): Promise<void> {
  const { service } = stage;
  const consumer = anyOf(service.running, random);
  await consumer.stop();
  const hampered = await service.addConsumer(consumer.name, launch);
  await hamper?.(hampered);
  await stage.hold(random.int(5_000, 9_000));
  await hampered.stop();
  await service.addConsumer(consumer.name);
}

async function ready(service: Stage['service'], process: ServiceProcess): Promise<void> {
  await waitFor(`${process.name} ready`, async () => (await service.health(process)).ok, {
    deadlineMs: 20_000,
    intervalMs: 200,
  });
}
