import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { findFreePorts } from '../dev-servers/free-ports.js';
import { PostgresDatabase } from '../../test/support/postgres-database.js';
import { waitFor } from '../../packages/delivery/src/contract/wait-for.js';
import { post } from './load.js';
import type { Servers } from './servers.js';
import type { Play } from './play.js';
import type { System } from './systems.js';

const PLAY: Play = {
  role: 'all',
  topic: '',
  partitions: 5,
  replicas: 5,
  replicaId: 'replica',
  workMs: '0',
  concurrency: 200,
  keepsTimes: false,
};

export interface Done {
  readonly processed: number;
  /** Since it was asked last: id, and when, in ms since the epoch. */
  readonly completed: readonly (readonly [string, number])[];
}

export interface Cost {
  readonly cpuMs: number;
  readonly peakMb: number;
}

const HERE = fileURLToPath(new URL('.', import.meta.url));
/** CLK_TCK; Linux has the same on all machines. */
const TICKS_PER_SECOND = 100;
const READY_WITHIN_MS = 90_000;

/** A system in a process of its own. */
export class RunningSystem {
  private errors = '';

  private constructor(
    readonly url: string,
    private readonly doneUrl: string,
    private readonly child: ChildProcess,
    /** Of each request to it. */
    readonly headers: Readonly<Record<string, string>>,
  ) {
    child.stderr?.on('data', (chunk: Buffer) => (this.errors = (this.errors + String(chunk)).slice(-2_000)));
  }

  /** Starts it and waits until it has processed an order, or as an API accepted one. */
  static async start(system: System, servers: Servers, changes: Partial<Play> = {}): Promise<RunningSystem> {
    const { partitions } = { ...PLAY, ...changes };
    const topic = changes.topic ?? (await servers.newTopic(partitions));
    const play = { ...PLAY, ...changes, topic };
    const [port = 0, donePort = 0] = await findFreePorts(2);
    const { program, runtime, headers = {}, env = () => ({}) } = system;
    const [command, ...args] = runtime === undefined ? [process.execPath] : await runtime(servers);
    const child = spawn(command, [...args, ...program], {
      cwd: HERE,
      env: {
        ...process.env,
        NODE_ENV: 'production',
        HOST: '127.0.0.1',
        PORT: String(port),
        DONE_PORT: String(donePort),
        TOPIC: topic,
        KAFKA_BROKERS: servers.kafka.brokers.join(','),
        REDIS_URL: servers.url('redis'),
        AMQP_URL: servers.url('rabbitmq'),
        NATS_URL: servers.url('nats'),
        CONSUMES: play.role === 'api' ? 'off' : 'on',
        REPLICAS: String(play.replicas),
        WORK_MS: play.workMs,
        CONCURRENCY: String(play.concurrency),
        KEEP_TIMES: play.keepsTimes ? 'on' : 'off',
        ...(await Promise.resolve(env(servers, play))),
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const kill = (): boolean => child.kill('SIGKILL');
    process.once('exit', kill);
    child.once('exit', () => process.off('exit', kill));
    const running = new RunningSystem(
      `http://127.0.0.1:${port}/api/Order/Send`,
      `http://127.0.0.1:${donePort}`,
      child,
      headers,
    );
    await running.ready(play);
    return running;
  }

  async done(): Promise<Done> {
    return (await (await fetch(this.doneUrl)).json()) as Done;
  }

  /** Of the process since its start. */
  async cost(): Promise<Cost> {
    const [stat, status] = await Promise.all(
      ['stat', 'status'].map((file) => readFile(`/proc/${this.child.pid}/${file}`, 'utf8')),
    );
    // behind the name in brackets, which may hold blanks: the 12th and 13th are ticks in user and kernel mode
    const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? [];
    const ticks = Number(fields[11]) + Number(fields[12]);
    const peakKb = Number(/VmHWM:\s+(\d+)/.exec(status ?? '')?.[1]);
    return { cpuMs: (ticks * 1_000) / TICKS_PER_SECOND, peakMb: peakKb / 1_024 };
  }

  /** How many TCP connections the process has to these addresses, `127.0.0.1:port`. */
  async connectionsTo(addresses: readonly string[]): Promise<number> {
    const ports = new Set(addresses.map((address) => Number(address.split(':')[1])));
    const folder = `/proc/${this.child.pid}`;
    const links = await Promise.all(
      (await readdir(`${folder}/fd`)).map((fd) => readlink(`${folder}/fd/${fd}`).catch(() => '')),
    );
    const own = new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []));
    const tables = await Promise.all(
      ['tcp', 'tcp6'].map((name) => readFile(`${folder}/net/${name}`, 'utf8')),
    );
    const lines = tables.flatMap((table) => table.trim().split('\n').slice(1));
    return lines.filter((line) => {
      const [, , remote = '', state, , , , , , inode = ''] = line.trim().split(/\s+/);
      const isEstablished = state === '01';
      return isEstablished && own.has(inode) && ports.has(Number.parseInt(remote.split(':')[1] ?? '', 16));
    }).length;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const deadline = setTimeout(() => this.child.kill('SIGKILL'), 10_000);
    this.child.kill('SIGTERM');
    await once(this.child, 'exit');
    clearTimeout(deadline);
  }

  private async ready({ role }: Play): Promise<void> {
    const isReady = async (): Promise<boolean> => {
      if (this.child.exitCode !== null) return true;
      const order = { product: 'Espresso machine', quantity: 2 };
      if (role !== 'consumer') await post(this.url, order, undefined, this.headers);
      // of several that only consume, one may have nothing left to do
      return role === 'api' || (await this.done()).processed > (role === 'all' ? 0 : -1);
    };
    try {
      await waitFor('the first order', isReady, { deadlineMs: READY_WITHIN_MS, intervalMs: 200 });
      if (this.child.exitCode !== null) throw new Error('it ended');
    } catch (cause) {
      this.child.kill('SIGKILL');
      const [reason = 'it says nothing'] = /^\w*Error.*/m.exec(this.errors) ?? [];
      throw new Error(`it did not start: ${reason}`, { cause });
    }
  }
}

/** A topic and a database for several processes. */
export async function newPlay(
  servers: Servers,
  replicas: number,
): Promise<Pick<Play, 'topic' | 'replicas'> & { readonly databaseUrl: string }> {
  const topic = await servers.newTopic(5);
  const databaseUrl = (await PostgresDatabase.create(servers.postgres.url)).url;
  return { topic, databaseUrl, replicas };
}
