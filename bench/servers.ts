import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { Kafka, logLevel } from 'kafkajs';
import { BoundProcess } from '../local/bound-process.js';
import { findFreePorts } from '../local/free-ports.js';
import { ensureKafkaInstalled, startKafkaCluster, type KafkaCluster } from '../local/kafka-cluster.js';
import { startPostgres, type PostgresServer } from '../local/postgres-server.js';
import { waitFor } from '../test/support/wait-for.js';

const run = promisify(execFile);

export type ServerName = 'redis' | 'rabbitmq' | 'nats';

interface Started {
  readonly url: string;
  readonly version: string;
  readonly process: BoundProcess;
  readonly end?: Launch['end'];
}

interface Launch {
  readonly url: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly askVersion: readonly string[];
  /** What is left to be done when it has ended. */
  readonly end?: () => Promise<unknown>;
}

const PACKAGES = { redis: 'redis-server', rabbitmq: 'rabbitmq-server', nats: 'nats-server' };

/** What the measured systems run on, on 127.0.0.1; it ends with this process at the latest. */
export class Servers {
  private readonly others = new Map<ServerName, Started>();
  /** A line for each server that is not there, with what to do about it. */
  readonly leftOut: string[] = [];
  private topics = 0;

  private constructor(
    private readonly folder: string,
    readonly kafka: KafkaCluster,
    readonly postgres: PostgresServer,
  ) {}

  static async start(say: (line: string) => void): Promise<Servers> {
    const folder = await mkdtemp(join(tmpdir(), 'bench-'));
    const [kafka, postgres] = await Promise.all([
      startKafkaCluster({ brokers: 1, heapMb: 1_024, onProgress: say }),
      startPostgres(),
    ]);
    const servers = new Servers(folder, kafka, postgres);
    for (const name of Object.keys(PACKAGES) as ServerName[]) await servers.add(name);
    return servers;
  }

  url(name: ServerName): string | undefined {
    return this.others.get(name)?.url;
  }

  get versions(): string[] {
    return [...this.others].map(([name, { version }]) => `${name} ${version}`);
  }

  /** A topic, and the name of a queue or stream, of a measurement's own. */
  async newTopic(partitions: number): Promise<string> {
    const topic = `bench-${process.pid}-${++this.topics}`;
    const admin = new Kafka({ brokers: this.kafka.brokers, logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    await admin.createTopics({
      waitForLeaders: true,
      topics: [{ topic, numPartitions: partitions, replicationFactor: 1 }],
    });
    await admin.disconnect();
    return topic;
  }

  /** One of Kafka's own tools; answers what it prints. */
  async tool(name: string, args: readonly string[], timeoutMs: number): Promise<string> {
    const { java, classPath } = await ensureKafkaInstalled();
    const { stdout } = await run(java, ['-cp', classPath, `org.apache.kafka.tools.${name}`, ...args], {
      timeout: timeoutMs,
    });
    return stdout;
  }

  async stop(): Promise<void> {
    await Promise.all([
      this.kafka.stop(),
      this.postgres.stop(),
      ...[...this.others.values()].map(async ({ process, end }) => {
        await process.end('SIGTERM', 20_000);
        await end?.();
      }),
    ]);
    await rm(this.folder, { recursive: true, force: true });
  }

  private async add(name: ServerName): Promise<void> {
    const command = find(name);
    if (command === undefined) {
      this.leftOut.push(`${name}: ${PACKAGES[name]} was not found (apt-get install ${PACKAGES[name]})`);
      return;
    }
    const ports = await findFreePorts(3);
    const [port = 0] = ports;
    const folder = await mkdtemp(join(this.folder, `${name}-`));
    const { args, env, url, askVersion, end } = launchOf(name, ports, folder);
    const process = await BoundProcess.start(command, args, {
      logFile: join(folder, 'server.log'),
      env: { ...globalThis.process.env, ...env },
    });
    await waitFor(`${name} to listen`, () => !process.running || listens(port), { deadlineMs: 60_000 });
    if (!process.running) {
      this.leftOut.push(`${name}: it ended at once: ${await process.logTail(3)}`);
      return;
    }
    const version = await run(askVersion[0] ?? command, askVersion.slice(1));
    this.others.set(name, {
      url,
      process,
      ...(end && { end }),
      version: /\d+\.\d+\.\d+/.exec(version.stdout + version.stderr)?.[0] ?? '',
    });
  }
}

/** Erlang's own, which outlives who started it. */
function portMapper(port: number): Record<string, string> {
  return { ERL_EPMD_ADDRESS: '127.0.0.1', ERL_EPMD_PORT: String(port) };
}

/** Each keeps what it was given in files, and leaves it to the operating system when they reach the disk, as Kafka does. */
function launchOf(
  name: ServerName,
  [port = 0, other = 0, mapperPort = 0]: readonly number[],
  folder: string,
): Launch {
  switch (name) {
    case 'redis':
      return {
        url: `redis://127.0.0.1:${port}`,
        args: Object.entries({
          port: `${port}`,
          bind: '127.0.0.1',
          dir: folder,
          save: '',
          appendonly: 'yes',
        }).flatMap(([name, value]) => [`--${name}`, value]),
        env: {},
        askVersion: ['redis-server', '--version'],
      };
    case 'nats':
      return {
        url: `nats://127.0.0.1:${port}`,
        args: ['-a', '127.0.0.1', '-p', `${port}`, '-js', '-sd', folder],
        env: {},
        askVersion: ['nats-server', '--version'],
      };
    case 'rabbitmq':
      return {
        url: `amqp://127.0.0.1:${port}`,
        args: [],
        env: {
          HOME: folder,
          RABBITMQ_NODENAME: `bench${port}@localhost`,
          RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
          RABBITMQ_NODE_PORT: `${port}`,
          RABBITMQ_DIST_PORT: `${other}`,
          RABBITMQ_MNESIA_BASE: folder,
          RABBITMQ_LOG_BASE: folder,
          RABBITMQ_PID_FILE: join(folder, 'pid'),
          RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'plugins'),
          RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
          ...portMapper(mapperPort),
        },
        end: () => run('epmd', ['-kill'], { env: { ...process.env, ...portMapper(mapperPort) } }),
        askVersion: ['ls', '/usr/lib/rabbitmq/lib'], // its own command for that starts the port mapper
      };
  }
}

/** Debian keeps the real command of RabbitMQ, which is not bound to a user, out of the path. */
function find(name: ServerName): string | undefined {
  const path = (process.env['PATH'] ?? '').split(delimiter);
  const folders = name === 'rabbitmq' ? ['/usr/lib/rabbitmq/bin', ...path] : path;
  return folders.map((folder) => join(folder, PACKAGES[name])).find((command) => existsSync(command));
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}
