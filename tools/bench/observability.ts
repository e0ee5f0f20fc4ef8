import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { compareInTurn, IN_TURN, TURN_SECONDS } from './in-turn.js';
import { saturate } from './load.js';
import { eachSystem, RATE_AND_COSTS, type Bench, type Scenario } from './measure.js';
import type { Measured, Row } from './results.js';
import { SERVICE, serviceWith } from './systems.js';
import { processFor } from './throughput.js';

const METRICS_OFF = { name: `${SERVICE.name}, without metrics` };
export const TRACED = { name: `${SERVICE.name}, 1 % traced` };
export const SCRAPED = { name: `${SERVICE.name}, API with ten partitions` };
export const STARTED = { name: `${SERVICE.name}, in memory` };

const STARTS = 3;
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
    const systems = [withoutMetrics, SERVICE, serviceWith(TRACED, traced)];
    const compared = await compareInTurn(bench, systems, {}, (running) => processFor(running, TURN_SECONDS));
    const api = { role: 'api', partitions: 10 } as const;
    const scraped = await eachSystem(bench, [{ ...SERVICE, ...SCRAPED }], api, ({ url }) => scrape(url));
    return {
      name: 'observability',
      text:
        'As in end-to-end: the service without metrics, as it is, and with one trace in a hundred sent to a collector, metrics ' +
        `too. ${IN_TURN} ` +
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
  for (let round = 1; round <= bench.rounds * STARTS; round++) rounds.push({ startMs: await startOnce() });
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
