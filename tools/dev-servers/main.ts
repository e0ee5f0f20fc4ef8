import { styleText } from 'node:util';
import { banner } from '../../src/bootstrap/banner.js';
import { readDotEnv } from '../../src/bootstrap/config/environment.js';
import { LOG_LINES } from '../log-lines.js';
import { loadConfig } from '../../src/bootstrap/config/load-config.js';
import { waysOf } from '../../src/bootstrap/modules/access.module.js';
import { KafkaUnavailable, startKafkaCluster } from './kafka-cluster.js';
import { startPostgres } from './postgres-server.js';
import type {
  StartRequest,
  StartResponse,
} from '../../src/infrastructure/system/launcher-replica-starter.js';
import { ServiceProcess } from './service-process.js';

/** The service as it runs in production, on this machine and without Docker: Kafka, PostgreSQL, an API, five consumers. */
const CONSUMERS = 5;
const MAX_CONSUMERS = 20;
/** The line by which a process says that it is ready, with or without colours. */
const READY = new RegExp(` ${LOG_LINES.ready} .*role=`);
const CONSUMER = { ROLE: 'consumer', REPLICAS: '1', HEALTH_PORT: '' };
const COLOURS = ['cyan', 'magenta', 'blue', 'yellow', 'green'] as const;

const say = (line: string): boolean => process.stdout.write(`${line}\n`);
const started: { stop(): Promise<unknown> }[] = [];
const processes: ServiceProcess[] = [];
const state = { stopping: false };

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop(0));

try {
  await run();
} catch (error) {
  if (!state.stopping) say(error instanceof KafkaUnavailable ? error.message : String(error));
  await stop(1);
}

async function run(): Promise<void> {
  readDotEnv();
  const { KAFKA_BROKERS, DATABASE_URL } = process.env;
  say('starting Kafka and PostgreSQL ...');
  const [brokers, databaseUrl] = await Promise.all([
    KAFKA_BROKERS ??
      startedAs(startKafkaCluster({ brokers: 1, onProgress: say })).then((kafka) => String(kafka.brokers)),
    DATABASE_URL ?? startedAs(startPostgres()).then(({ url }) => url),
  ]);
  say(`Kafka      ${brokers}\nPostgreSQL ${DATABASE_URL === undefined ? databaseUrl : 'DATABASE_URL'}`);

  const environment = {
    MESSAGING: 'kafka',
    STORE: 'postgres',
    KAFKA_BROKERS: brokers,
    DATABASE_URL: databaseUrl,
    LOG_FORMAT: 'pretty',
    PAGE_ACTIONS: process.env['PAGE_ACTIONS'] ?? 'all',
  };
  const { http, access } = loadConfig({ ...process.env, ...environment, ROLE: 'all' });
  await Promise.all([
    launch('api', { ...environment, ROLE: 'api', OPERATIONS_API: 'on' }, (api) => {
      api.onMessage((message) => {
        const { startReplica } = message as Partial<StartRequest>;
        if (startReplica === undefined) return;
        const result = freeName() ?? MAX_CONSUMERS;
        if (typeof result === 'string') void launch(result, { ...environment, ...CONSUMER });
        api.tell({ startedReplica: startReplica, result } satisfies StartResponse);
      });
    }),
    ...Array.from({ length: CONSUMERS }, () => launch(freeName() ?? '', { ...environment, ...CONSUMER })),
  ]);
  if (http === undefined) return;
  const scheme = http.certificate === undefined ? 'http' : 'https';
  say(`${banner(scheme, http.host, http.port, waysOf(access))}  Ctrl-C stops all of it.\n`);
}

/** Notes a server as soon as it runs, so that it is stopped whatever happens to the others. */
async function startedAs<Server extends { stop(): Promise<unknown> }>(
  starting: Promise<Server>,
): Promise<Server> {
  const server = await starting;
  started.push(server);
  if (state.stopping) await server.stop();
  return server;
}

/** With the lowest number that no consumer which runs has. */
function freeName(): string | undefined {
  const taken = new Set(processes.filter(({ runs }) => runs).map(({ name }) => name));
  const names = Array.from({ length: MAX_CONSUMERS }, (_, index) => `consumer-${index + 1}`);
  return names.find((name) => !taken.has(name));
}

/**
 * Resolves when the process says that it is ready. When it ends before that, all of it is stopped; after that a consumer may
 * end: others have its partitions then.
 */
async function launch(
  name: string,
  environment: Readonly<Record<string, string>>,
  onStarted: (child: ServiceProcess) => void = () => undefined,
): Promise<void> {
  let isReady = false;
  const colour = COLOURS[processes.length % COLOURS.length] ?? 'cyan';
  const prefix = styleText(colour, name.padEnd(10));
  await new Promise<void>((resolve) => {
    const onLine = (line: string): void => {
      say(`${prefix} ${line}`);
      isReady ||= READY.test(line);
      if (isReady) resolve();
    };
    const settings = { ...environment, REPLICA_ID: name };
    const child = ServiceProcess.start(name, settings, onLine, { canBeTold: true });
    processes.push(child);
    onStarted(child);
    void child.exited.then((code) => {
      if (state.stopping) return;
      if (isReady && environment['ROLE'] === CONSUMER.ROLE) {
        say(`${name} ended with code ${code}; the live page can start another`);
        return;
      }
      say(`${name} ended with code ${code}; stopping the rest`);
      void stop(1);
    });
  });
}

/** The service first, so that it can finish and commit; then what it runs on. */
async function stop(code: number): Promise<void> {
  if (state.stopping) return;
  state.stopping = true;
  say('stopping ...');
  await Promise.all(processes.map((child) => child.stop()));
  await Promise.all(started.map((server) => server.stop()));
  process.exit(code);
}
