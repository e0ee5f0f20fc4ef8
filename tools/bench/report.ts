import { cpus, totalmem, release } from 'node:os';
import { kafkaVersion } from '../dev-servers/kafka-version.js';
import benchPackage from './package.json' with { type: 'json' };
import { median, rowOf, valuesOf, type Column, type Row, type Table } from './results.js';
import { ALTERNATIVES, BARE, BARE_PUBLISHER, BULLMQ, NEST, SERVICE } from './systems.js';
import type { Reached } from './targets.js';

/** What `docs/explanation/benchmark.md` holds. */
export function formatReport(
  tables: readonly Table[],
  reached: readonly Reached[],
  { rounds, versions, leftOut }: { rounds: number; versions: readonly string[]; leftOut: readonly string[] },
): string {
  return [
    '# Benchmark',
    '',
    'For those who want to know how fast the service is beside others. `npm run bench` writes this page. Everything runs on one',
    'machine, each system alone, in turn. Clients and servers share its cores: only ratios mean something elsewhere. Figures are',
    'medians, with the range over the rounds in brackets.',
    '',
    `- ${new Date().toISOString().slice(0, 10)}, ${rounds} rounds`,
    `- ${cpus().length} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GB, Linux ${release()}`,
    `- Node ${process.versions.node}, Kafka ${kafkaVersion()} (one broker, \`acks=all\`)${versions.map((each) => `, ${each}`).join('')}`,
    `- ${Object.entries(benchPackage.dependencies)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ')}`,
    ...leftOut.map((line) => `- left out: ${line}`),
    '',
    ...formatSystems(tables),
    '',
    '## Targets',
    '',
    ...reachedTable(reached),
    '',
    'The best possible is what bare Express reaches with our publisher. [performance.md](performance.md) says where the time goes.',
    '',
    '![Latency over load](benchmark.svg)',
    ...tables.flatMap((table) => [
      '',
      `## ${table.name}`,
      '',
      table.text,
      '',
      ...formatTable(table),
      ...plotOf(table),
    ]),
    '',
  ].join('\n');
}

function plotOf({ name }: Table): string[] {
  return name === 'growth' ? ['', '![What an order costs as there is more](benchmark-growth.svg)'] : [];
}

export function reachedTable(reached: readonly Reached[]): string[] {
  return [
    '| What | needed | reached | | best possible |',
    '| --- | --- | --- | --- | --- |',
    ...reached
      .filter(({ holds }) => holds !== undefined)
      .map(
        ({ what, needed, reached: value = NaN, holds, ceiling }) =>
          `| ${what} | ${needed} | ${value.toFixed(2)} | ${holds === true ? 'holds' : 'FAILS'} | ${ceiling?.toFixed(2) ?? ''} |`,
      ),
  ];
}

function formatSystems(tables: readonly Table[]): string[] {
  const measured = [...ALTERNATIVES, BARE, BARE_PUBLISHER].filter((system) =>
    tables.some((table) => rowOf(table, system) !== undefined),
  );
  return [
    '## The other systems',
    '',
    'They accept and process the same orders. They check nothing but that the body is JSON, log nothing, keep what they',
    'processed in a map, and dead-letter nothing. This service runs as it is, with its store in memory',
    'where PostgreSQL is not named, and logs warnings and errors.',
    'How each differs from this service:',
    '',
    ...measured.map(({ name, differs }) => `- **${name}** ${differs}`),
  ];
}

/** The columns of each part as a table in Markdown; the first one compares the systems. */
export function formatTable(table: Table): string[] {
  const columns = table.columns.filter(({ key }) => table.rows.some((row) => median(row, key) !== undefined));
  const parts = [...new Set(columns.map(({ part }) => part))];
  return parts.flatMap((part, index) => [
    ...(index === 0 ? [] : ['']),
    ...formatPart(
      table,
      columns.filter((column) => column.part === part),
      index === 0 ? ratiosOf(table) : undefined,
    ),
  ]);
}

function formatPart(
  { name, rows }: Table,
  columns: readonly Column[],
  ratios: ReadonlyMap<string, string> | undefined,
): string[] {
  const titles = [name, ...columns.map(({ title }) => title), ...(ratios ? ['× best other'] : [])];
  return [
    `| ${titles.join(' | ')} |`,
    `|${' --- |'.repeat(titles.length)}`,
    ...rows.map((row) => {
      const cells = columns.map((column) => cellOf(row, column));
      return `| ${[row.name, ...cells, ...(ratios ? [ratios.get(row.name) ?? ''] : [])].join(' | ')} |`;
    }),
  ];
}

/** Of each row, to the best of the others that do the same; the ceiling is none of them. */
function ratiosOf({ rows, columns, lessIsBetter = false }: Table): Map<string, string> | undefined {
  const key = columns[0]?.key ?? '';
  const others = rows.filter(
    ({ name }) => !name.startsWith(SERVICE.name) && !name.startsWith(BARE.name) && !name.startsWith('Kafka'),
  );
  const values = others.flatMap((row) => median(row, key) ?? []);
  if (values.length < 1 || !rows.some(({ name }) => name === SERVICE.name)) return undefined;
  const best = lessIsBetter ? Math.min(...values) : Math.max(...values);
  const measured = rows.filter((row) => median(row, key) !== undefined);
  return new Map(measured.map((row) => [row.name, ((median(row, key) ?? NaN) / best).toFixed(2)]));
}

function cellOf(row: Row, { key, digits = 0 }: Column): string {
  const middle = median(row, key);
  if (middle === undefined || Number.isNaN(middle)) return '';
  const values = valuesOf(row, key);
  const say = (value: number | undefined) =>
    (value ?? NaN).toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return values.length < 2 ? say(middle) : `${say(middle)} (${say(values[0])}–${say(values.at(-1))})`;
}

/** What the README says of each scenario, for a reader who knows none of them. */
const README_ROWS = {
  ingest: 'accepted',
  'end-to-end': 'accepted and processed',
  concurrency: 'processed, when an order takes 1 to 3 s',
} as const;

/** For the README: orders/s of the service and of what most people know. */
export function shortTable(tables: readonly Table[]): string[] {
  const systems = [SERVICE, NEST, BULLMQ];
  const rows = Object.entries(README_ROWS).flatMap(([scenario, title]) => {
    const table = tables.find(({ name }) => name === scenario);
    if (table === undefined) return [];
    return [`| ${[title, ...systems.map((system) => middleOf(table, system))].join(' | ')} |`];
  });
  return [
    `| orders/s | ${systems.map(({ name }) => name).join(' | ')} |`,
    '| --- | --- | --- | --- |',
    ...rows,
  ];
}

function middleOf(table: Table, system: Pick<Row, 'name'>): string {
  const row = rowOf(table, system);
  const [column] = table.columns;
  const middle = row && column && median(row, column.key);
  return middle === undefined
    ? ''
    : middle.toLocaleString('en', { maximumFractionDigits: middle < 10 ? 1 : 0 });
}
