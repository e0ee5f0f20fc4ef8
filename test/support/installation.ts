import { findFreePorts } from '../../tools/dev-servers/free-ports.js';
import { ServiceProcess, type Launch } from '../../tools/dev-servers/service-process.js';
import { CONSUMER_CHECK } from '../../tools/log-lines.js';
import { newTopicName } from '../../packages/delivery/test/support/new-topic-name.js';
import { PostgresDatabase } from './postgres-database.js';
import { PRODUCT } from './load.js';
import { ServiceLog, type LogEntry } from './service-log.js';
import { waitFor } from '../../packages/delivery/src/contract/wait-for.js';

interface HealthReport {
  readonly checks: readonly { readonly name: string; readonly detail?: string }[];
}

export interface InstallationOptions {
  readonly brokers: readonly string[];
  /** A server; the installation makes a database of its own in it. */
  readonly databaseUrl: string;
  /** Where the processes find that database; a proxy, perhaps. */
  readonly urlSeenByProcesses?: (database: PostgresDatabase) => string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Of every process, where it isn't started in a way of its own. */
  readonly launch?: Launch;
  /** Which lines of the processes to keep; all, where nothing is said. */
  readonly keeps?: (line: LogEntry) => boolean;
}

/** The built service as it is run: an API and consumers, each a process, on a topic, a group and a database of their own. */
export class Installation {
  readonly log: ServiceLog;
  readonly consumers: ServiceProcess[] = [];
  readonly topic = newTopicName();
  readonly group = `group-of-${this.topic}`;
  private readonly processes: ServiceProcess[] = [];
  private readonly healthPorts = new Map<ServiceProcess, number>();
  private front: ServiceProcess | undefined;
  private sent = 0;

  private constructor(
    private readonly options: InstallationOptions,
    readonly database: PostgresDatabase,
  ) {
    this.log = new ServiceLog(options.keeps);
  }

  /** With a database of its own, and everything ready. */
  static async start(options: InstallationOptions, consumers: number): Promise<Installation> {
    const installation = await Installation.launch(options, consumers);
    await installation.database.make();
    await installation.ready();
    return installation;
  }

  /** Only the processes; what they depend on may be unavailable. */
  static async launch(options: InstallationOptions, consumers = 1): Promise<Installation> {
    const installation = new Installation(options, new PostgresDatabase(options.databaseUrl));
    installation.front = await installation.addApi('api');
    for (let number = 1; number <= consumers; number++) await installation.addConsumer(`consumer-${number}`);
    return installation;
  }

  get api(): ServiceProcess {
    if (this.front === undefined) throw new Error('there is no API');
    return this.front;
  }

  get url(): string {
    return `http://127.0.0.1:${this.healthPorts.get(this.api)}`;
  }

  /** As behind a load balancer: the successor is ready and gets all requests, then the old one is stopped. Returns its exit code. */
  async replaceApi(): Promise<number | null> {
    const old = this.api;
    const successor = await this.addApi(`${old.name}-again`);
    await this.ready();
    this.front = successor;
    return old.stop();
  }

  /** As when its host restarts it: the same name, the same address; while it is down nobody responds. */
  async restartApi(signal: NodeJS.Signals): Promise<void> {
    const port = this.healthPorts.get(this.api) ?? 0;
    this.api.signal(signal);
    await this.api.exited;
    this.front = this.startProcess(this.api.name, { ROLE: 'api', PORT: String(port) }, port);
  }

  async addConsumer(name: string, launch: Launch = {}): Promise<ServiceProcess> {
    const port = await freePort();
    const consumer = this.startProcess(name, { ROLE: 'consumer', HEALTH_PORT: String(port) }, port, launch);
    this.consumers.push(consumer);
    return consumer;
  }

  /** Every process that runs. */
  get running(): ServiceProcess[] {
    return this.processes.filter(({ runs }) => runs);
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

  /** The partitions of a consumer, by its own word. */
  async partitionsOf(consumer: ServiceProcess): Promise<number[]> {
    const { checks } = (await (await this.health(consumer)).json()) as HealthReport;
    const { detail = '' } = checks.find(({ name }) => name.startsWith(CONSUMER_CHECK.name)) ?? {};
    return detail.startsWith(CONSUMER_CHECK.partitions) ? (detail.match(/\d+/g) ?? []).map(Number) : [];
  }

  /** Waits until these have all partitions among them, each at least one. */
  async settled(
    consumers: readonly ServiceProcess[] = this.consumers.filter(({ runs }) => runs),
  ): Promise<void> {
    const count = Number(this.options.environment?.['KAFKA_PARTITIONS'] ?? 5);
    const isSettled = async (): Promise<boolean> => {
      const ended = consumers.find(({ runs }) => !runs)?.name;
      const lastWords = this.log.entries
        .filter((line) => line.process === ended && line.level === 'error')
        .at(-1);
      if (lastWords !== undefined) throw new Error(`${ended} ended: ${JSON.stringify(lastWords)}`);
      const owned = await Promise.all(consumers.map((consumer) => this.partitionsOf(consumer)));
      const isOwned = owned.flat().length === count && new Set(owned.flat()).size === count;
      return isOwned && owned.every(({ length }) => length > 0);
    };
    // not more often: each response needs the broker and the store
    await waitFor('all partitions assigned', isSettled, { deadlineMs: 60_000, intervalMs: 200 });
  }

  /** Sends `count` orders, 16 at a time, and returns the ids of those that were accepted. */
  async send(count: number): Promise<string[]> {
    const accepted: string[] = [];
    await this.sendEach(count, 16, async (orderId) => {
      // no response, as from an API that was killed: not accepted
      const response = await this.post({ orderId, product: PRODUCT }).catch(() => undefined);
      if (response?.status === 202) accepted.push(orderId);
    });
    return accepted;
  }

  /** Sends `count` orders, each again under its id until it is accepted. */
  sendUntilAccepted(count: number): Promise<string[]> {
    return this.sendEach(count, 32, async (orderId) => {
      while ((await this.post({ orderId, product: PRODUCT })).status !== 202);
    });
  }

  post(body: unknown, signal: AbortSignal | null = null): Promise<Response> {
    const headers = { 'Content-Type': 'application/json' };
    const init = { method: 'POST', headers, body: JSON.stringify(body), signal };
    return fetch(`${this.url}/api/Order/Send`, init);
  }

  /** Host and port where a process serves HTTP. */
  addressOf(process: ServiceProcess): string {
    return `127.0.0.1:${this.healthPorts.get(process)}`;
  }

  /** What a process says of its readiness. */
  health(process: ServiceProcess, signal: AbortSignal | null = null): Promise<Response> {
    return fetch(`http://${this.addressOf(process)}/health/ready`, { signal });
  }

  metrics(process: ServiceProcess, signal: AbortSignal | null = null): Promise<Response> {
    return fetch(`http://${this.addressOf(process)}/metrics`, { signal });
  }

  /** The ids of what was processed or rejected by the store's history, one for each time, sorted. */
  async effects(): Promise<string[]> {
    const effects = "SELECT order_id FROM order_history WHERE status <> 'parked'";
    const rows = await this.database.query<{ order_id: string }>(effects);
    return rows.map(({ order_id }) => order_id).sort();
  }

  async allProcessed(ids: readonly string[], deadlineMs = 60_000): Promise<void> {
    const all = async () => (await this.database.countOf('orders')) >= ids.length;
    try {
      await waitFor(`${ids.length} stored orders`, all, { deadlineMs });
    } catch (cause) {
      throw new Error(`not all of ${ids.length} orders are stored: ${await this.standing()}`, {
        cause,
      });
    }
  }

  /** How far it is, and what each process says of itself, for the message of a test that fails. */
  private async standing(): Promise<string> {
    const count = await this.database.countOf('orders');
    const words = this.running.map(
      async (process) => `${process.name}: ${await (await this.health(process)).text()}`,
    );
    return [`${count} are in the store`, ...(await Promise.all(words))].join('\n');
  }

  async stop(): Promise<(number | null)[]> {
    const codes = await Promise.all(this.processes.map((process) => process.stop()));
    await this.database.drop();
    return codes;
  }

  private async sendEach(count: number, clients: number, send: (id: string) => Promise<void>) {
    const ids = Array.from({ length: count }, () => `order-${++this.sent}`);
    const waiting = ids.values();
    const client = async (): Promise<void> => {
      for (const id of waiting) await send(id);
    };
    await Promise.all(Array.from({ length: clients }, client));
    return ids;
  }

  private async addApi(name: string): Promise<ServiceProcess> {
    const port = await freePort();
    return this.startProcess(name, { ROLE: 'api', PORT: String(port) }, port);
  }

  private startProcess(
    name: string,
    role: Record<string, string>,
    port: number,
    launch: Launch = {},
  ): ServiceProcess {
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
      // dead letters within seconds: the defaults take minutes
      RETRY_MAX_ATTEMPTS: '5',
      RETRY_INITIAL_MS: '200',
      RETRY_MAX_MS: '30000',
      LOG_FORMAT: 'json',
      ...this.options.environment,
      ...role,
    };
    const process: ServiceProcess = ServiceProcess.start(
      name,
      environment,
      (line) => this.log.record(process, line),
      { ...this.options.launch, ...launch },
    );
    this.processes.push(process);
    this.healthPorts.set(process, port);
    return process;
  }

  private async isReady(port: number): Promise<boolean> {
    return (await fetch(`http://127.0.0.1:${port}/health/ready`)).ok;
  }
}

async function freePort(): Promise<number> {
  const [port = 0] = await findFreePorts(1);
  return port;
}
