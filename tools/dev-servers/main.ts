import { styleText } from 'node:util';
import { banner } from '../../src/bootstrap/banner.js';
import { readDotEnv } from '../../src/bootstrap/config/environment.js';
import { LOG_LINES } from '../log-lines.js';
import { loadConfig } from '../../src/bootstrap/config/load-config.js';
import { KafkaUnavailable, startKafkaCluster } from './kafka-cluster.js';
import { startPostgres } from './postgres-server.js';
import { ServiceProcess } from './service-process.js';

/** The service as it runs in production, on this machine and without Docker: Kafka, PostgreSQL, an API, five consumers. */
const CONSUMERS = 5;
/** The line by which a process says that it is ready, with or without colours. */
const READY = new RegExp(` ${LOG_LINES.ready} .*role=`);
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
  };
  const { http } = loadConfig({ ...process.env, ...environment, ROLE: 'all' });
  const consumers = Array.from({ length: CONSUMERS }, (_, index) => `consumer-${index + 1}`);
  await Promise.all([
    launch('api', { ...environment, ROLE: 'api', OPERATIONS_API: 'on' }),
    ...consumers.map((name) =>
      launch(name, { ...environment, ROLE: 'consumer', REPLICAS: '1', HEALTH_PORT: '' }),
    ),
  ]);
  if (http !== undefined) say(`${banner(http.host, http.port)}  Ctrl-C stops all of it.\n`);
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

/** Resolves when the process says that it is ready. When it ends by itself, all of it is stopped. */
async function launch(name: string, environment: Readonly<Record<string, string>>): Promise<void> {
  const colour = COLOURS[processes.length % COLOURS.length] ?? 'cyan';
  const prefix = styleText(colour, name.padEnd(10));
  await new Promise<void>((resolve) => {
    const child = ServiceProcess.start(name, { ...environment, REPLICA_ID: name }, (line) => {
      say(`${prefix} ${line}`);
      if (READY.test(line)) resolve();
    });
    processes.push(child);
    void child.exited.then((code) => {
      if (state.stopping) return;
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
