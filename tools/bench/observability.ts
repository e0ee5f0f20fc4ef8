import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { saturate, steady } from './load.js';
import { costOf, COSTS, eachSystem, warmUpSeconds, type Bench, type Scenario } from './measure.js';
import type { Measured, Row } from './results.js';
import { RunningSystem } from './running-system.js';
import { SERVICE, serviceWith, type System } from './systems.js';

const METRICS_OFF = { name: `${SERVICE.name}, without metrics` };
export const TRACED = { name: `${SERVICE.name}, 1 % traced` };
export const SCRAPED = { name: `${SERVICE.name}, API with ten partitions` };
export const STARTED = { name: `${SERVICE.name}, in memory` };

/** What is compared differs by a few per cent, so it takes more rounds than what differs by a factor. */
const ROUNDS = 3;
/** Of each system: what the three of them and the broker bear on two cores. */
const PER_SECOND = 500;
const SCRAPES = 21;
const MAIN = fileURLToPath(new URL('../../dist/bootstrap/main.js', import.meta.url));

/** What it costs to be seen: with and without metrics, with traces, a scrape, a start. */
export const observability: Scenario = async (bench) => {
  const collector = await startCollector();
  const traced = {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
    OTEL_TRACES_SAMPLER_ARG: '0.01',
  };
  try {
    const others = [SERVICE, serviceWith(TRACED, traced)];
    const compared = await compare(bench, serviceWith(METRICS_OFF, { METRICS: 'off' }), others);
    const api = { role: 'api', partitions: 10 } as const;
    const scraped = await eachSystem(bench, [{ ...SERVICE, ...SCRAPED }], api, ({ url }) => scrape(url));
    return {
      name: 'observability',
      text:
        'What an order costs as the service is, without metrics, and with one trace in a hundred sent to a collector, metrics ' +
        `too. All three run at once, with ${PER_SECOND} orders a second each, so that what disturbs one disturbs all. ` +
        'A scrape of an API. A start, from the process until it is ready.',
      columns: [
        { key: 'share', title: 'orders for the same CPU', digits: 2 },
        ...COSTS,
        { key: 'scrapeMs', title: 'ms a scrape', digits: 1 },
        { key: 'scrapeKb', title: 'KB a scrape' },
        { key: 'startMs', title: 'ms to start' },
      ],
      rows: [...compared, ...scraped, await starts(bench)],
    };
  } finally {
    collector.close();
  }
};

/** `share` is how many orders a system processes with the CPU that `first` has for one. */
async function compare(bench: Bench, first: System, others: readonly System[]): Promise<Row[]> {
  const systems = [first, ...others];
  const rows = systems.map(({ name }) => ({ name, rounds: [] as Measured[] }));
  const count = bench.quick ? bench.rounds : bench.rounds * ROUNDS;
  for (let round = 1; round <= count; round++) {
    bench.say(`round ${round} of ${count}: ${systems.map(({ name }) => name).join(' | ')}`);
    try {
      const costs = await costsAtOnce(bench, systems);
      const base = costs[0]?.cpuUs ?? NaN;
      for (const [index, cost] of costs.entries())
        rows[index]?.rounds.push({ share: base / cost.cpuUs, ...cost });
    } catch (error) {
      bench.failed(`round ${round}`, error);
    }
  }
  return rows;
}

async function costsAtOnce(bench: Bench, systems: readonly System[]) {
  const seconds = bench.quick ? 5 : 25;
  const running: RunningSystem[] = [];
  const send = (forSeconds: number) =>
    Promise.all(running.map(({ url }) => steady(url, PER_SECOND, forSeconds)));
  const costs = () => Promise.all(running.map((each) => each.cost()));
  try {
    for (const system of systems) running.push(await RunningSystem.start(system, bench.servers));
    await send(warmUpSeconds(bench));
    const before = await costs();
    await send(seconds);
    const after = await costs();
    return before.flatMap((cost, index) => {
      const then = after[index];
      return then === undefined ? [] : [costOf(cost, then, PER_SECOND * seconds)];
    });
  } finally {
    await Promise.all(running.map((each) => each.stop()));
  }
}

/** Takes what it is sent, and keeps nothing. */
async function startCollector(): Promise<{ url: string; close(): void }> {
  const server = createServer((request, response) => {
    request.resume().once('end', () => response.end());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${port}`, close };
}

/** The median of some, after orders to all partitions. */
async function scrape(orderUrl: string): Promise<Measured> {
  await saturate(orderUrl, 2);
  const times: number[] = [];
  let bytes = 0;
  for (let count = 0; count < SCRAPES; count++) {
    const startedAt = performance.now();
    const response = await fetch(new URL('/metrics', orderUrl));
    bytes = (await response.arrayBuffer()).byteLength;
    if (!response.ok) throw new Error(`/metrics responded ${response.status}`);
    times.push(performance.now() - startedAt);
  }
  times.sort((a, b) => a - b);
  return { scrapeMs: times[Math.floor(SCRAPES / 2)] ?? NaN, scrapeKb: bytes / 1_000 };
}

async function starts(bench: Bench): Promise<Row> {
  const rounds: Measured[] = [];
  for (let round = 1; round <= bench.rounds * ROUNDS; round++) rounds.push({ startMs: await startOnce() });
  return { ...STARTED, rounds };
}

async function startOnce(): Promise<number> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [MAIN], {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    env: { ...process.env, PORT: '0', LOG_FORMAT: 'json' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let startMs = NaN;
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.includes('"message":"ready"')) continue;
    startMs = performance.now() - startedAt;
    break;
  }
  child.stdout.resume();
  child.kill('SIGTERM');
  if (child.exitCode === null) await once(child, 'exit');
  return startMs;
}
