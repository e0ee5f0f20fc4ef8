import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Admin } from 'kafkajs';
import { Kafka, logLevel } from 'kafkajs';
import { startPostgres, type PostgresServer } from '../dev-servers/postgres-server.js';
import { LOG_LINES } from '../log-lines.js';
import { FulfilmentServer } from '../../test/support/fulfilment-server.js';
import { Installation } from '../../test/support/installation.js';
import type { LogEntry } from '../../test/support/service-log.js';
import { RogueProducer } from '../../test/support/rogue-producer.js';
import type { Random } from '../../packages/delivery/test/simulation/random.js';
import type { KafkaProxy } from '../../packages/delivery/test/support/kafka-proxy.js';
import { startProxiedKafka, type ProxiedKafka } from '../../packages/delivery/test/support/proxied-kafka.js';
import { startTcpProxy, type TcpProxy } from '../../packages/delivery/test/support/tcp-proxy.js';
import { StateInspector } from '../../test/support/state-inspector.js';
import type { Outage, Dependency, ServiceEvent } from './chaos-history.js';
import { Logged } from './counts.js';
import type { ChaosOptions } from './options.js';

const preload = (file: string): string[] => ['--import', fileURLToPath(new URL(file, import.meta.url))];
export const SESSION_TIMEOUT_MS = 6_000;
const TOOK_EFFECT: ReadonlySet<string> = new Set([LOG_LINES.processed, LOG_LINES.rejected]);
/** What a replica logs of a record that is completed. */
const COMPLETED: ReadonlySet<string> = new Set([
  ...TOOK_EFFECT,
  LOG_LINES.alreadyProcessed,
  LOG_LINES.deadLettered,
]);
const CONSUMER_NAMES = ['consumer-1', 'consumer-2', 'consumer-3', 'consumer-4', 'consumer-5'];

/** Everything that a run needs: the service as it is run, what it depends on, and the proxies between them. */
export class Stage {
  readonly outages: Outage[] = [];
  /** Error lines of the service. */
  readonly errors = new Map<string, number>();
  readonly events: ServiceEvent[] = [];
  /** By place, as `partition@offset`: how often a record was processed or dead-lettered. */
  readonly handled = new Map<string, number>();
  /** Places of records that were processed or rejected, and not for the second time. */
  readonly tookEffect = new Set<string>();
  readonly logged = new Logged();

  private constructor(
    readonly kafka: ProxiedKafka,
    readonly admin: Admin,
    readonly postgres: PostgresServer,
    readonly storeProxy: TcpProxy,
    readonly fulfilment: FulfilmentServer,
    readonly service: Installation,
    readonly rogueProducer: RogueProducer,
    readonly inspector: StateInspector,
    /** Aborted when the faults are to end. */
    readonly signal: AbortSignal,
    /** Whether nothing else goes wrong but what fulfilment does. */
    readonly isQuiet: boolean,
  ) {}

  static async start(options: ChaosOptions, signal: AbortSignal): Promise<Stage> {
    const [kafka, postgres, fulfilment] = await Promise.all([
      startProxiedKafka({ brokers: options.brokers }),
      startPostgres(),
      FulfilmentServer.start({ min: 5, max: 150 }),
    ]);
    const storeProxy = await startTcpProxy({ target: { host: '127.0.0.1', port: postgres.port } });
    const listener = { onLine: (_line: LogEntry): void => undefined };
    const service = await Installation.launch(
      {
        brokers: kafka.brokers,
        databaseUrl: postgres.url,
        urlSeenByProcesses: (database) => database.urlThrough(storeProxy.port),
        environment: {
          FULFILMENT_URL: fulfilment.url,
          OPERATIONS_API: 'on',
          SESSION_TIMEOUT_MS: String(SESSION_TIMEOUT_MS),
          REBALANCE_DRAIN_MS: '2500',
          KAFKA_REPLICATION_FACTOR: String(options.brokers),
          KAFKA_PARTITIONS: String(options.partitions),
        },
        launch: {
          canBeTold: true,
          nodeArguments: [
            '--trace-warnings',
            ...preload('./fault-injection.mjs'),
            ...(options.mutant === undefined ? [] : preload(`./mutants/${options.mutant}.mjs`)),
          ],
        },
        keeps: (line) => {
          listener.onLine(line);
          return false;
        },
      },
      CONSUMER_NAMES.length,
    );
    await service.database.make();
    await service.settled();
    const admin = new Kafka({ brokers: [...kafka.directBrokers], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    const inspector = await StateInspector.connect(kafka.directBrokers, service);
    await inspector.stampDeadLetters();
    const rogueProducer = await RogueProducer.connect(kafka.directBrokers, service.topic, 0);
    const stage = new Stage(
      kafka,
      admin,
      postgres,
      storeProxy,
      fulfilment,
      service,
      rogueProducer,
      inspector,
      signal,
      options.quiet,
    );
    listener.onLine = (line) => stage.record(line);
    return stage;
  }

  anyBrokerProxy(random: Random): KafkaProxy {
    const [first, ...others] = this.kafka.proxies;
    if (first === undefined) throw new Error('there is no broker');
    return random.pick([first, ...others]);
  }

  /** Waits for so long, or until the faults are to end. */
  async hold(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.signal }).catch((error: unknown) => {
      if (!this.signal.aborted) throw error;
    });
  }

  /** The outage lasts from when `leave` has returned until `come` begins; the dependency is back when that has returned. */
  async without(
    dependency: Dependency,
    ms: number,
    { leave, come }: { leave: () => unknown; come: () => unknown },
  ): Promise<void> {
    await leave();
    const from = Date.now();
    try {
      await this.hold(ms);
    } finally {
      const to = Date.now();
      await come();
      this.outages.push({ dependency, from, to, backAt: Date.now() });
    }
  }

  /** Starts the consumers again that have ended by themselves, as an orchestrator does. Returns how many. */
  async restartEnded(): Promise<number> {
    const running = new Set(this.service.running.map(({ name }) => name));
    const missing = CONSUMER_NAMES.filter((name) => !running.has(name));
    for (const name of missing) await this.service.addConsumer(name);
    return missing.length;
  }

  async stop(): Promise<void> {
    await this.rogueProducer.close();
    await this.inspector.close();
    await this.service.stop();
    await this.admin.disconnect();
    await this.storeProxy.close();
    await Promise.all([this.kafka.stop(), this.postgres.stop(), this.fulfilment.stop()]);
  }

  private record(line: LogEntry): void {
    this.logged.add(line);
    const { process, level, message, error, orderId, partition, partitions, offset } = line;
    if (COMPLETED.has(message)) {
      const place = `${partition}@${String(offset)}`;
      this.handled.set(place, (this.handled.get(place) ?? 0) + 1);
      if (TOOK_EFFECT.has(message)) this.tookEffect.add(place);
      return;
    }
    const reason = (error as { readonly message?: string } | undefined)?.message;
    const detail = reason ?? (Array.isArray(partitions) ? partitions.join(', ') : undefined);
    const text = detail === undefined ? message : `${message} (${detail})`;
    if (level === 'error') this.errors.set(text, (this.errors.get(text) ?? 0) + 1);
    if (orderId === undefined && offset === undefined)
      this.events.push({ at: Date.now(), process, level, text });
  }
}
