import { findFreePorts } from '../../local/free-ports.js';
import { ServiceProcess } from '../../local/service-process.js';
import { newTopicName } from './messaging-bed.js';
import { PostgresDatabase } from './postgres-database.js';
import { waitFor } from './wait-for.js';

/** A line of a process' log. */
export interface LogEntry {
  readonly process: string;
  readonly level: string;
  readonly message: string;
  readonly orderId?: string;
  readonly replica?: string;
  readonly partition?: number;
  readonly attempt?: number;
  readonly [field: string]: unknown;
}

export interface InstallationOptions {
  readonly brokers: readonly string[];
  /** A server; the installation makes a database of its own in it. */
  readonly databaseUrl: string;
  /** Where the processes find that database; a proxy, perhaps. */
  readonly urlSeenByProcesses?: (database: PostgresDatabase) => string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** The built service as it is run: an API and consumers, each a process, on a topic, a group and a database of their own. */
export class Installation {
  readonly log: LogEntry[] = [];
  readonly consumers: ServiceProcess[] = [];
  readonly topic = newTopicName();
  readonly group = `group-of-${this.topic}`;
  private readonly processes: ServiceProcess[] = [];
  private readonly healthPorts = new Map<ServiceProcess, number>();
  private apiPort = 0;
  private sent = 0;

  private constructor(
    private readonly options: InstallationOptions,
    readonly database: PostgresDatabase,
  ) {}

  /** With a database of its own, and everything ready. */
  static async start(options: InstallationOptions, consumers: number): Promise<Installation> {
    const installation = await Installation.launch(options, consumers);
    await installation.database.make();
    await installation.ready();
    return installation;
  }

  /** Only the processes; nothing that they need has to be there. */
  static async launch(options: InstallationOptions, consumers = 1): Promise<Installation> {
    const installation = new Installation(options, new PostgresDatabase(options.databaseUrl));
    installation.apiPort = await freePort();
    installation.startProcess(
      'api',
      { ROLE: 'api', PORT: String(installation.apiPort) },
      installation.apiPort,
    );
    for (let number = 1; number <= consumers; number++) await installation.addConsumer(`consumer-${number}`);
    return installation;
  }

  get api(): ServiceProcess {
    const [api] = this.processes;
    if (api === undefined) throw new Error('there is no API');
    return api;
  }

  get url(): string {
    return `http://127.0.0.1:${this.apiPort}`;
  }

  async addConsumer(name: string): Promise<ServiceProcess> {
    const port = await freePort();
    const consumer = this.startProcess(name, { ROLE: 'consumer', HEALTH_PORT: String(port) }, port);
    this.consumers.push(consumer);
    return consumer;
  }

  /** Waits until every process that runs says that it is ready. */
  async ready(): Promise<void> {
    await Promise.all(
      [...this.healthPorts].map(([process, port]) =>
        waitFor(`${process.name} ready`, async () => !process.runs || (await this.isReady(port)), {
          deadlineMs: 60_000,
        }),
      ),
    );
  }

  /** Sends `count` orders, 16 at a time, and answers the ids of those that were accepted. */
  async send(count: number): Promise<string[]> {
    const ids = Array.from({ length: count }, () => `order-${++this.sent}`);
    const waiting = [...ids];
    const accepted: string[] = [];
    const client = async (): Promise<void> => {
      for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
        // no answer, as from an API that was killed: not accepted
        const answer = await this.post({ orderId: id, product: 'Espresso machine' }).catch(() => undefined);
        if (answer?.status === 202) accepted.push(id);
      }
    };
    await Promise.all(Array.from({ length: 16 }, client));
    return accepted;
  }

  /** Sends `count` orders, each again under its id until it is accepted. */
  async sendUntilAccepted(count: number): Promise<string[]> {
    const ids = Array.from({ length: count }, () => `order-${++this.sent}`);
    const waiting = [...ids];
    const client = async (): Promise<void> => {
      for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
        while ((await this.post({ orderId: id, product: 'Espresso machine' })).status !== 202);
      }
    };
    await Promise.all(Array.from({ length: 32 }, client));
    return ids;
  }

  post(body: unknown): Promise<Response> {
    const headers = { 'Content-Type': 'application/json' };
    return fetch(`${this.url}/api/Order/Send`, { method: 'POST', headers, body: JSON.stringify(body) });
  }

  /** What a process says of its readiness. */
  health(process: ServiceProcess): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.healthPorts.get(process) ?? this.apiPort}/health/ready`);
  }

  lines(message: string): LogEntry[] {
    return this.log.filter((entry) => entry.message === message);
  }

  /** The ids of what the log says was carried out, one for each time. */
  carriedOut(): string[] {
    return this.lines('order processed').map(({ orderId }) => orderId ?? '');
  }

  async allCarriedOut(ids: readonly string[], deadlineMs = 60_000): Promise<void> {
    const all = async () => (await this.database.countOf('orders')) >= ids.length;
    await waitFor(`${ids.length} carried out`, all, { deadlineMs });
  }

  async stop(): Promise<(number | null)[]> {
    const codes = await Promise.all(this.processes.map((process) => process.stop()));
    await this.database.drop();
    return codes;
  }

  private startProcess(name: string, role: Record<string, string>, port: number): ServiceProcess {
    const url = this.options.urlSeenByProcesses?.(this.database) ?? this.database.url;
    const environment = {
      NODE_ENV: 'production',
      MESSAGING: 'kafka',
      STORE: 'postgres',
      KAFKA_BROKERS: this.options.brokers.join(','),
      KAFKA_TOPIC: this.topic,
      KAFKA_GROUP: this.group,
      DATABASE_URL: url,
      REPLICA_ID: name,
      FULFILMENT_DELAY_MS: '0',
      LOG_FORMAT: 'json',
      ...this.options.environment,
      ...role,
    };
    const process = ServiceProcess.start(name, environment, (line) => this.record(name, line));
    this.processes.push(process);
    this.healthPorts.set(process, port);
    return process;
  }

  private record(process: string, line: string): void {
    const fields = line.startsWith('{') ? (JSON.parse(line) as LogEntry) : { level: 'error', message: line };
    this.log.push({ ...fields, process });
  }

  private async isReady(port: number): Promise<boolean> {
    const answer = await fetch(`http://127.0.0.1:${port}/health/ready`);
    return answer.ok;
  }
}

async function freePort(): Promise<number> {
  const [port = 0] = await findFreePorts(1);
  return port;
}
