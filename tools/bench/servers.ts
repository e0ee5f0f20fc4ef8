import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Kafka, logLevel } from 'kafkajs';
import { BoundProcess } from '../dev-servers/bound-process.js';
import { ensureKafkaInstalled, startKafkaCluster, type KafkaCluster } from '../dev-servers/kafka-cluster.js';
import { startPostgres, type PostgresServer } from '../dev-servers/postgres-server.js';
import { waitFor } from '../../packages/delivery/src/contract/wait-for.js';
import { launchOf, type Launch, type ServerName } from './launches.js';
import { buildSpringJars, type SpringServer } from './spring-jars.js';

const run = promisify(execFile);

const OTHERS: readonly ServerName[] = ['redis', 'rabbitmq', 'nats'];
const ENDS_WITHIN_MS = 20_000;

/** What the measured systems run on, on 127.0.0.1. It ends with this process at the latest, but for containers. */
export class Servers {
  private readonly others = new Map<ServerName, Launch & { readonly process: BoundProcess }>();
  /** A line for each server that is not there, with what to do about it. */
  readonly leftOut: string[] = [];
  private topics = 0;
  private springJars: ReadonlyMap<SpringServer, string> = new Map();

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
    for (const name of OTHERS) {
      try {
        await servers.add(name, say);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        servers.leftOut.push(`${name}: ${reason.trim().replaceAll('\n', ' ')}`);
      }
    }
    try {
      say('building what runs on Spring Boot ...');
      servers.springJars = await buildSpringJars();
    } catch (error) {
      const [reason = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
      servers.leftOut.push(`Spring Boot: ${reason}`);
    }
    return servers;
  }

  /** The command that runs a service on Spring Boot. */
  async springCommand(server: SpringServer): Promise<readonly [string, ...string[]]> {
    return [(await ensureKafkaInstalled()).java, '-jar', this.springJars.get(server) ?? ''];
  }

  has(name: ServerName | SpringServer): boolean {
    return name === 'tomcat' || name === 'webflux' ? this.springJars.has(name) : this.others.has(name);
  }

  url(name: ServerName): string | undefined {
    return this.others.get(name)?.url;
  }

  get versions(): string[] {
    return [...this.others].map(([name, { version }]) => `${name} ${version}`);
  }

  /** The same with another Kafka. */
  onKafka(kafka: KafkaCluster): Servers {
    return Object.create(this, { kafka: { value: kafka } }) as Servers;
  }

  /** A topic, and the name of a queue or stream, of a measurement's own; each broker has all of it. */
  async newTopic(partitions: number): Promise<string> {
    const topic = `bench-${process.pid}-${++this.topics}`;
    const admin = new Kafka({ brokers: this.kafka.brokers, logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    await admin.createTopics({
      waitForLeaders: true,
      topics: [{ topic, numPartitions: partitions, replicationFactor: this.kafka.brokers.length }],
    });
    await admin.disconnect();
    return topic;
  }

  /** Runs one of Kafka's own tools; returns what it prints. */
  async tool(name: string, args: readonly string[], timeoutMs: number): Promise<string> {
    const { java, classPath } = await ensureKafkaInstalled();
    const { stdout } = await run(java, ['-cp', classPath, `org.apache.kafka.tools.${name}`, ...args], {
      timeout: timeoutMs,
    });
    return stdout;
  }

  async stop(): Promise<void> {
    await Promise.all([this.kafka.stop(), this.postgres.stop(), ...[...this.others.values()].map(endOf)]);
    await rm(this.folder, { recursive: true, force: true });
  }

  private async add(name: ServerName, say: (line: string) => void): Promise<void> {
    const folder = await mkdtemp(join(this.folder, `${name}-`));
    const launch = await launchOf(name, folder, say);
    const process = await BoundProcess.start(launch.command, launch.args, {
      logFile: join(folder, 'server.log'),
      env: { ...globalThis.process.env, ...launch.env },
    });
    const started = { ...launch, process };
    try {
      await waitFor(`${name} to respond`, () => !process.running || responds(launch.url), {
        deadlineMs: 60_000,
      });
      if (!process.running) throw new Error(`it ended at once: ${await process.logTail(3)}`);
      this.others.set(name, started);
    } catch (error) {
      await endOf(started);
      throw error;
    }
  }
}

async function endOf({ process, end }: Launch & { readonly process: BoundProcess }): Promise<void> {
  await process.end('SIGTERM', ENDS_WITHIN_MS);
  await end?.();
}

/** A port that Docker publishes takes connections before there is a server behind it. */
function responds(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    // Redis and NATS know it; RabbitMQ responds to any eight bytes with the protocol that it expects
    socket.once('connect', () => socket.write('PING\r\nPING\r\n'));
    socket.once('data', () => {
      resolve(true);
      socket.destroy();
    });
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
}
