import { failureText } from '../../packages/delivery/src/engine/failure-text.js';
import { availableParallelism, cpus } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { startKafkaCluster } from '../dev-servers/kafka-cluster.js';
import { kafkaVersion } from '../dev-servers/kafka-version.js';
import { startPostgres } from '../dev-servers/postgres-server.js';
import { Bench } from './bench.js';
import { deadLettersInBulk } from './dead-letters.js';
import { brokerOutage, storeOutage, threeBrokers } from './dependencies.js';
import { formatRows, writeInto } from './document.js';
import { fulfilmentOutages } from './fulfilment.js';
import { parseOptions, USAGE, type Options } from './options.js';
import {
  frozenReplica,
  killedAndBack,
  killedForGood,
  rollingRestart,
  rollingRestartWithPoison,
} from './replicas.js';
import { none, type Row } from './rows.js';
import { poisonBurst, throughput } from './speed.js';

type Scenario = (bench: Bench) => Promise<Row[]>;
const SCENARIOS: Readonly<Record<string, Scenario>> = {
  rollingRestart,
  rollingRestartWithPoison,
  killedAndBack,
  killedForGood,
  frozenReplica,
  brokerOutage,
  threeBrokers,
  storeOutage,
  fulfilmentOutages,
  throughput,
  poisonBurst,
  deadLettersInBulk,
};
const SCENARIO_DEADLINE_MS = 240_000;
const DOCUMENT = fileURLToPath(new URL('../../docs/explanation/guarantees.md', import.meta.url));

const say = (line: string): boolean => process.stdout.write(`${line}\n`);
const servers: { stop(): Promise<unknown> }[] = [];
const state = { stopping: false };

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop(130));

try {
  await stop(await main());
} catch (error) {
  say(String(error));
  await stop(1);
}

async function main(): Promise<number> {
  const help = `${USAGE}\nScenarios: ${Object.keys(SCENARIOS).join(', ')}`;
  let options: Options | 'help';
  try {
    options = parseOptions(process.argv.slice(2), Object.keys(SCENARIOS));
  } catch (error) {
    say(`${error instanceof Error ? error.message : String(error)}\n\n${help}`);
    return 2;
  }
  if (options === 'help') {
    say(help);
    return 0;
  }
  return (await measure(options)) ? 0 : 1;
}

async function measure({ scenarios, write }: Options): Promise<boolean> {
  const startedAt = Date.now();
  say('starting Kafka and PostgreSQL ...');
  const [kafka, postgres] = await Promise.all([
    keep(startKafkaCluster({ brokers: 1, onProgress: say })),
    keep(startPostgres()),
  ]);
  const bench = new Bench(kafka, postgres, keep);
  const rows: Row[] = [];
  for (const [name, scenario] of Object.entries(SCENARIOS)) {
    if (scenarios.length > 0 && !scenarios.includes(name)) continue;
    say(`\n${name} ...`);
    const found = await rowsOf(name, scenario, bench);
    for (const { promise, measured, needed, passed } of found) {
      say(
        `  ${passed ? 'PASSED' : 'FAILED'}  ${promise}: ${measured}${needed === '' ? '' : `; needed: ${needed}`}`,
      );
    }
    rows.push(...found);
  }
  rows.unshift(...overAll(bench));
  const lists = formatRows(rows, await origin(bench, Date.now() - startedAt));
  say(`\n${lists}`);
  if (write) await writeInto(DOCUMENT, lists);
  return rows.every(({ passed }) => passed);
}

/** The promises that hold in every scenario. */
function overAll({ outcomes }: Bench): Row[] {
  const orders = outcomes.reduce((sum, { requests }) => sum + requests.length, 0);
  const violations = outcomes.flatMap((outcome) => outcome.violations);
  const of = `${orders} orders in ${outcomes.length} runs`;
  const broken = (rule: string): number => violations.filter((violation) => violation.rule === rule).length;
  for (const { rule, text } of violations.slice(0, 50)) say(`  violation of '${rule}': ${text}`);
  return [
    none('In all runs: orders lost', broken('no loss'), of),
    none('In all runs: orders that took effect twice', broken('once'), of),
    none(
      'In all runs: violations of any other rule',
      violations.length - broken('no loss') - broken('once'),
      of,
    ),
  ];
}

async function origin({ postgres }: Bench, tookMs: number): Promise<string> {
  const client = new Client({ connectionString: postgres.url });
  await client.connect();
  const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
  await client.end();
  const minutes = (tookMs / 60_000).toFixed(1);
  return (
    `Measured on ${new Date().toISOString().slice(0, 10)} by one run of ${minutes} minutes, everything on one machine with ` +
    `${availableParallelism()} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), Kafka ${kafkaVersion()}, PostgreSQL ${rows[0]?.server_version ?? 'unknown'}, Node ${process.version.slice(1)}.`
  );
}

/** Never rejects: a run that fails, or is overdue, is a promise that was not kept. */
async function rowsOf(name: string, scenario: Scenario, bench: Bench): Promise<Row[]> {
  const running = scenario(bench).catch((error: unknown) => [failed(name, error)]);
  const overdue = [failed(name, `not done within ${SCENARIO_DEADLINE_MS / 1_000} s`)];
  const rows = await Promise.race([running, delay(SCENARIO_DEADLINE_MS, overdue, { ref: false })]);
  await bench.stop();
  return rows;
}

function failed(name: string, error: unknown): Row {
  return {
    promise: `The run of ${name}`,
    needed: 'it comes to an end',
    measured: failureText(error),
    passed: false,
  };
}

/** Notes a server as soon as it runs, so that it is stopped whatever happens. */
async function keep<Server extends { stop(): Promise<unknown> }>(starting: Promise<Server>): Promise<Server> {
  const server = await starting;
  servers.push(server);
  if (state.stopping) await server.stop();
  return server;
}

/** The processes of the service get SIGKILL when this one exits. */
async function stop(code: number): Promise<void> {
  if (state.stopping) return;
  state.stopping = true;
  await Promise.all(servers.map((server) => server.stop()));
  process.exit(code);
}
