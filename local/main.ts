import { styleText } from 'node:util';
import { banner } from '../src/bootstrap/banner.js';
import { loadConfig } from '../src/bootstrap/config.js';
import { KafkaUnavailable, startKafkaCluster } from './kafka-cluster.js';
import { startPostgres } from './postgres-server.js';
import { ServiceProcess } from './service-process.js';

/** The service as it runs in production, on this machine and without Docker: Kafka, PostgreSQL, an API, five consumers. */
const CONSUMERS = 5;
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
  const { KAFKA_BROKERS, DATABASE_URL } = process.env;
  const stop = (): Promise<void> => Promise.resolve();
  say('starting Kafka and PostgreSQL ...');
  const [kafka, database] = await Promise.all([
    KAFKA_BROKERS ? { brokers: [KAFKA_BROKERS], stop } : startKafkaCluster({ brokers: 1, onProgress: say }),
    DATABASE_URL ? { url: DATABASE_URL, stop } : startPostgres(),
  ]);
  started.push(kafka, database);
  say(`Kafka      ${kafka.brokers.join(',')}`);
  say(`PostgreSQL ${DATABASE_URL ? 'DATABASE_URL' : database.url}`);

  const environment = {
    MESSAGING: 'kafka',
    STORE: 'postgres',
    KAFKA_BROKERS: kafka.brokers.join(','),
    DATABASE_URL: database.url,
    LOG_FORMAT: 'pretty',
  };
  const config = loadConfig({ ...process.env, ...environment, ROLE: 'all' });
  launch('api', { ...environment, ROLE: 'api' });
  for (let number = 1; number <= CONSUMERS; number++) {
    launch(`consumer-${number}`, { ...environment, ROLE: 'consumer', REPLICAS: '1', HEALTH_PORT: '' });
  }
  await ready(`http://127.0.0.1:${config.PORT}/health/ready`);
  say(`${banner(config, config.PORT)}  Ctrl-C stops all of it.\n`);
}

function launch(name: string, environment: Readonly<Record<string, string>>): void {
  const colour = COLOURS[processes.length % COLOURS.length] ?? 'cyan';
  const prefix = styleText(colour, name.padEnd(10));
  const child = ServiceProcess.start(name, { ...environment, REPLICA_ID: name }, (line) =>
    say(`${prefix} ${line}`),
  );
  processes.push(child);
  void child.exited.then((code) => {
    if (state.stopping) return;
    say(`${name} ended with code ${code}; stopping the rest`);
    void stop(1);
  });
}

async function ready(url: string): Promise<void> {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline && !state.stopping;) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok === true) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  if (!state.stopping) throw new Error(`the API was not ready within a minute: see its log, and ${url}`);
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
