import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { saturate } from './load.js';
import { eachSystem, RATE_AND_COSTS, warmUp, type Bench, type Scenario } from './measure.js';
import type { Measured, Row } from './results.js';
import { RunningSystem } from './running-system.js';
import { SERVICE, serviceWith, type System } from './systems.js';
import { processFor, whenDrained } from './throughput.js';

const METRICS_OFF = { name: `${SERVICE.name}, without metrics` };
export const TRACED = { name: `${SERVICE.name}, 1 % traced` };
export const SCRAPED = { name: `${SERVICE.name}, API with ten partitions` };
export const STARTED = { name: `${SERVICE.name}, in memory` };

/** What is compared differs by a few per cent, so it takes more rounds than what differs by a factor. */
const ROUNDS = 3;
/** Of each system in a round. */
const TURNS = 6;
const TURN_SECONDS = 4;
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
    const withoutMetrics = serviceWith(METRICS_OFF, { METRICS: 'off' });
    const compared = await compare(bench, [withoutMetrics, SERVICE, serviceWith(TRACED, traced)]);
    const api = { role: 'api', partitions: 10 } as const;
    const scraped = await eachSystem(bench, [{ ...SERVICE, ...SCRAPED }], api, ({ url }) => scrape(url));
    return {
      name: 'observability',
      text:
        'As in end-to-end: the service without metrics, as it is, and with one trace in a hundred sent to a collector, metrics ' +
        `too. In each round all three run, and each gets orders for ${TURN_SECONDS} s in turn, ${TURNS} times. ` +
        'A scrape of an API. A start, from the process until it is ready.',
      columns: [
        { key: 'share', title: 'against the first', digits: 2 },
        ...RATE_AND_COSTS,
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

/** `share` is how many orders a second a system processes for each that the first one does. */
async function compare(bench: Bench, systems: readonly System[]): Promise<Row[]> {
  const rows = systems.map(({ name }) => ({ name, rounds: [] as Measured[] }));
  const count = bench.quick ? bench.rounds : bench.rounds * ROUNDS;
  for (let round = 1; round <= count; round++) {
    bench.say(`round ${round} of ${count}: ${systems.map(({ name }) => name).join(' | ')}`);
    try {
      const measured = await inTurn(bench, systems, round);
      const first = measured[0]?.perSecond ?? NaN;
      for (const [index, each] of measured.entries())
        rows[index]?.rounds.push({ share: each.perSecond / first, ...each });
    } catch (error) {
      bench.failed(`round ${round}`, error);
    }
  }
  return rows;
}

/** All run, and one after the other gets orders for a few seconds, again and again: the machine changes within a round, too. */
async function inTurn(bench: Bench, systems: readonly System[], round: number) {
  const turns = bench.quick ? 2 : TURNS;
  const running: RunningSystem[] = [];
  const totals = systems.map(() => ({ orders: 0, seconds: 0, cpuUs: 0, peakMb: 0 }));
  try {
    for (const system of systems) running.push(await RunningSystem.start(system, bench.servers));
    for (const each of running) await whenDrained(each, (await warmUp(each.url, bench)).accepted + 1);
    for (let turn = 0; turn < turns; turn++) {
      for (const place of systems.keys()) {
        const index = (place + turn + round) % systems.length;
        const [each, total] = [running[index], totals[index]];
        if (each === undefined || total === undefined) continue;
        const { orders, seconds, cpuUs, peakMb } = await processFor(each, TURN_SECONDS);
        total.orders += orders;
        total.seconds += seconds;
        total.cpuUs += cpuUs * orders;
        total.peakMb = peakMb;
      }
    }
  } finally {
    await Promise.all(running.map((each) => each.stop()));
  }
  return totals.map(({ orders, seconds, cpuUs, peakMb }) => ({
    perSecond: orders / seconds,
    cpuUs: cpuUs / orders,
    peakMb,
  }));
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
