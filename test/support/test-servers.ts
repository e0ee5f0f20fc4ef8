import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import {
  KafkaUnavailable,
  ensureKafkaInstalled,
  startKafkaCluster,
} from '../../tools/dev-servers/kafka-cluster.js';
import { startDockerKafka } from '../../tools/dev-servers/docker-kafka.js';
import { kafkaVersion } from '../../tools/dev-servers/kafka-version.js';
import { ensurePrometheusInstalled } from '../../tools/dev-servers/prometheus-installation.js';
import { startPostgres } from '../../tools/dev-servers/postgres-server.js';

const CHROMIUM = '/usr/bin/chromium';
const running: (() => Promise<void>)[] = [];

/**
 * Starts what the tests run on, for all of them, and tells them by environment: TEST_KAFKA_BROKERS (a broker),
 * TEST_KAFKA_CLUSTERS (tests may start clusters of their own), TEST_DATABASE_URL, TEST_PROMETHEUS (tests may start one),
 * TEST_CHROMIUM (its path). What can't be had is in TEST_MISSING.
 * With TEST_SERVERS=none it starts nothing and builds nothing, which is enough for many tests; with `postgres` it starts that alone.
 */
export async function startServers(): Promise<void> {
  const { TEST_SERVERS: only } = process.env;
  if (only !== undefined) {
    if (only === 'postgres') await startStore();
    report([`on other servers, and of the built service (TEST_SERVERS is ${only})`]);
    return;
  }
  const root = new URL('../..', import.meta.url);
  execFileSync(process.execPath, ['scripts/build-if-stale.mjs'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const version = kafkaVersion();
  const missing: string[] = [];
  const tell = (line: string): boolean => process.stderr.write(`${line}\n`);
  await Promise.all([
    startKafka(tell).catch((error: unknown) =>
      missing.push(`on a real Kafka ${version} (${messageOf(error)})`),
    ),
    startStore().catch((error: unknown) => missing.push(`on a real PostgreSQL (${messageOf(error)})`)),
    findPrometheus().catch((error: unknown) => missing.push(`of alerts and dashboard (${messageOf(error)})`)),
  ]);
  if (process.env['TEST_KAFKA_BROKERS'] !== undefined && process.env['TEST_KAFKA_CLUSTERS'] === undefined) {
    missing.push('with brokers that fail (they need Java 17 and Maven)');
  }
  if (existsSync(CHROMIUM)) process.env['TEST_CHROMIUM'] = CHROMIUM;
  else missing.push(`of the live page (there is no ${CHROMIUM}: Debian's package chromium has it)`);
  report(missing);
}

function report(missing: readonly string[]): void {
  if (missing.length > 0) process.env['TEST_MISSING'] = missing.join('; ');
  if (missing.length > 0 && process.env['CI'] === 'true') {
    throw new Error(`with CI=true every test must run, but these can't: ${missing.join('; ')}`);
  }
}

export async function stopServers(): Promise<void> {
  await Promise.all(running.map((stop) => stop()));
}

async function startKafka(tell: (line: string) => void): Promise<void> {
  const given = process.env['KAFKA_BROKERS'];
  if (given !== undefined) process.env['TEST_KAFKA_BROKERS'] = given;
  try {
    await ensureKafkaInstalled({ onProgress: tell });
    process.env['TEST_KAFKA_CLUSTERS'] = 'true';
    if (given === undefined) await runBroker(startKafkaCluster({ brokers: 1 }));
  } catch (error) {
    if (!(error instanceof KafkaUnavailable)) throw error;
    if (given === undefined) await runBroker(startDockerKafka(error));
  }
}

async function runBroker(starting: Promise<{ brokers: string[]; stop: () => Promise<void> }>): Promise<void> {
  const kafka = await starting;
  running.push(() => kafka.stop());
  process.env['TEST_KAFKA_BROKERS'] = kafka.brokers.join(',');
}

async function findPrometheus(): Promise<void> {
  await ensurePrometheusInstalled();
  process.env['TEST_PROMETHEUS'] = 'true';
}

async function startStore(): Promise<void> {
  const given = process.env['DATABASE_URL'];
  const server = given === undefined ? await startPostgres() : undefined;
  if (server !== undefined) running.push(() => server.stop());
  process.env['TEST_DATABASE_URL'] = given ?? server?.url;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
