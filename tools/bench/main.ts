import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig, type Options as Style } from 'prettier';
import { access } from './access.js';
import { backlog } from './backlog.js';
import { bulk } from './bulk.js';
import { growth } from './growth.js';
import { drawGrowth } from './growth-plot.js';
import { idle } from './idle.js';
import { imports } from './imports.js';
import { parseOptions, USAGE, type Options } from './options.js';
import { drawPlot } from './plot.js';
import { reachedTable, formatReport, shortTable, formatTable } from './report.js';
import type { Table } from './results.js';
import { latency } from './latency.js';
import type { Scenario } from './measure.js';
import { live } from './live.js';
import { observability } from './observability.js';
import { partitions } from './partitions.js';
import { Servers } from './servers.js';
import { compareWithTargets } from './targets.js';
import { concurrency, endToEnd, ingest } from './throughput.js';

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  ...{ ingest, 'end-to-end': endToEnd, latency, concurrency },
  ...{ bulk, imports, backlog, growth, partitions, idle, observability, live, access },
};
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const say = (line: string): void => console.error(line);

async function main(): Promise<number> {
  let options: Options | 'help';
  try {
    options = parseOptions(process.argv.slice(2), Object.keys(SCENARIOS));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return 2;
  }
  if (options === 'help') {
    console.log(USAGE);
    return 0;
  }
  if (!existsSync(here('node_modules'))) {
    say('installing what is measured beside (tools/bench/package.json) ...');
    execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: here('.'), stdio: 'inherit' });
  }
  return measure(options);
}

async function measure({ quick, rounds, scenarios, write }: Options): Promise<number> {
  const startedAt = performance.now();
  const minutes = (): string => `${((performance.now() - startedAt) / 60_000).toFixed(1)} min`;
  say('starting Kafka, PostgreSQL, Redis, RabbitMQ and NATS ...');
  const servers = await Servers.start(say);
  process.once('SIGINT', () => void servers.stop().finally(() => process.exit(130)));
  try {
    const tables: Table[] = [];
    let failures = 0;
    for (const [name, scenario] of Object.entries(SCENARIOS)) {
      if (
        scenarios.length > 0
          ? !scenarios.includes(name)
          : quick && (name === 'growth' || name === 'partitions')
      )
        continue;
      const failed = (what: string, error: unknown): void => {
        failures++;
        const reason = error instanceof Error ? error.message : String(error);
        say(`${minutes()}  ${name}  ${what} FAILED: ${reason}`);
        servers.leftOut.push(`${name}, ${what}: ${reason}`);
      };
      try {
        const table = await scenario({
          ...{ servers, rounds, quick },
          say: (line) => say(`${minutes()}  ${name}  ${line}`),
          failed: (system, error) => failed(`a round of ${system}`, error),
        });
        tables.push(table);
        console.log(['', ...formatTable(table), ''].join('\n'));
      } catch (error) {
        failed('all of it', error);
      }
    }
    const reached = compareWithTargets(tables);
    const { versions, leftOut } = servers;
    console.log([...reachedTable(reached), '', ...leftOut.map((line) => `left out: ${line}`)].join('\n'));
    if (quick) say('an impression: after two seconds of warm-up no system is as fast as it can be');
    if (write) await writeReport(tables, formatReport(tables, reached, { rounds, versions, leftOut }));
    say(`done after ${minutes()}`);
    return failures > 0 || reached.some(({ holds }) => holds === false) ? 1 : 0;
  } finally {
    await servers.stop();
  }
}

const REPORT_WIDTH = 120;
const PLOTS = [
  ['latency', drawPlot, 'benchmark.svg'],
  ['growth', drawGrowth, 'benchmark-growth.svg'],
] as const;
const SHORT_TABLE = /(<!-- benchmark -->\n)[^]*?(<!-- \/benchmark -->)/;

async function writeReport(tables: readonly Table[], report: string): Promise<void> {
  for (const [name, draw, file] of PLOTS) {
    const table = tables.find((each) => each.name === name);
    if (table !== undefined) await writeFile(here(`../../docs/explanation/${file}`), draw(table));
  }
  const wrapped = { proseWrap: 'always', printWidth: REPORT_WIDTH } as const;
  await writeMarkdown(here('../../docs/explanation/benchmark.md'), report, wrapped);
  const readme = here('../../README.md');
  const short = ['$1', ...shortTable(tables), '$2'].join('\n');
  await writeMarkdown(readme, (await readFile(readme, 'utf8')).replace(SHORT_TABLE, short));
}

async function writeMarkdown(file: string, text: string, style: Style = {}): Promise<void> {
  await writeFile(file, await format(text, { ...(await resolveConfig(file)), parser: 'markdown', ...style }));
}

process.exitCode = await main();
