import { WITH_KEY, WITH_TOKEN } from './access.js';
import { sized, type Growing } from './growth.js';
import { BESIDE_IMPORTS, SENDING_ALONE } from './imports.js';
import { PAGE_OFF, WATCHED } from './live.js';
import { SCRAPED, STARTED, TRACED } from './observability.js';
import { inWords } from './orders-file.js';
import { endToEndAt, ingestAt } from './partitions.js';
import { median, rowOf, type Table } from './results.js';
import {
  BARE,
  BARE_PUBLISHER,
  BULLMQ,
  EXPRESS,
  NEST,
  SERVICE,
  SERVICE_ON_NODE_24,
  SERVICE_ON_POSTGRES,
  TOMCAT,
  WEBFLUX,
} from './systems.js';

interface Target {
  readonly what: string;
  readonly needed: number;
  readonly isLimit?: boolean;
  readonly reached: Measure;
  /** The limit of any service that is served by Express and sends through kafkajs. */
  readonly ceiling?: Measure;
}

type Measure = (tables: ReadonlyMap<string, Table>) => number | undefined;

/** A target, and what was reached; `undefined` where it was not measured. */
export interface Reached {
  readonly what: string;
  readonly needed: string;
  readonly reached: number | undefined;
  /** The best possible, where a ceiling of it is measured. */
  readonly ceiling: number | undefined;
  readonly holds: boolean | undefined;
}

type Named = Pick<typeof SERVICE, 'name'>;

const figure =
  (scenario: string, key: string, of: Named): Measure =>
  (tables) =>
    median(rowOf(tables.get(scenario), of), key);

const quotient =
  (own: Measure, other: Measure): Measure =>
  (tables) => {
    const [above, below] = [own(tables), other(tables)];
    return above === undefined || below === undefined ? undefined : above / below;
  };

const ratio = (scenario: string, key: string, ours: Named, theirs: Named): Measure =>
  quotient(figure(scenario, key, ours), figure(scenario, key, theirs));

/** Nothing is checked, made or processed there, so it is the limit of end-to-end, too. */
const accepted = figure('ingest', 'perSecond', BARE_PUBLISHER);

const against = (scenario: string, other: Named, needed: number): Target => ({
  what: `${scenario}, against ${other.name}`,
  needed,
  reached: ratio(scenario, 'perSecond', SERVICE, other),
  ceiling: quotient(accepted, figure(scenario, 'perSecond', other)),
});

const atPartitions = (
  scenario: string,
  of: (count: number) => Named,
  count: number,
  needed: number,
): Target => ({
  what: `${scenario} at ${count} partitions, against 5`,
  needed,
  reached: ratio('partitions', 'perSecond', of(count), of(5)),
});

const costsNoMore = (what: Growing, most: number, least: number): Target => ({
  what: `cost of an order at ${sized(what, most).name}, against ${inWords(least)}`,
  needed: 1.1,
  isLimit: true,
  reached: ratio('growth', 'cpuUs', sized(what, most), sized(what, least)),
});

const onNode24 = (scenario: string, other: Named, needed: number): Target => ({
  what: `${scenario} on Node 24, against ${other.name}`,
  needed,
  reached: ratio(scenario, 'perSecond', SERVICE_ON_NODE_24, other),
});

const TARGETS: readonly Target[] = [
  against('ingest', BARE, 0.7),
  against('ingest', NEST, 1.8),
  against('ingest', BULLMQ, 1),
  onNode24('ingest', WEBFLUX, 1.1),
  onNode24('ingest', TOMCAT, 1.35),
  against('end-to-end', NEST, 2.5),
  against('end-to-end', BULLMQ, 1.4),
  onNode24('end-to-end', WEBFLUX, 0.95),
  onNode24('end-to-end', TOMCAT, 1.25),
  {
    what: 'end-to-end with PostgreSQL, against memory',
    needed: 0.6,
    reached: ratio('end-to-end', 'perSecond', SERVICE_ON_POSTGRES, SERVICE),
  },
  {
    what: 'latency p50 at 500/s, against the mean of EndToEndLatency',
    needed: 4,
    isLimit: true,
    reached: ratio('latency', 'p50@500', SERVICE, { name: 'Kafka, EndToEndLatency' }),
  },
  {
    what: 'concurrency, against one at a time',
    needed: 120,
    reached: ratio('concurrency', 'perSecond', SERVICE, EXPRESS),
  },
  {
    what: 'bulk, against ProducerPerformance',
    needed: 0.4,
    reached: ratio(
      'bulk',
      'perSecond',
      { name: `${SERVICE.name}, orders import` },
      { name: 'Kafka, ProducerPerformance' },
    ),
  },
  {
    what: 'sending beside three imports, against without: orders/s',
    needed: 0.3,
    reached: ratio('imports', 'perSecond', BESIDE_IMPORTS, SENDING_ALONE),
  },
  {
    what: 'sending beside three imports, against without: p99',
    needed: 3,
    isLimit: true,
    reached: ratio('imports', 'p99', BESIDE_IMPORTS, SENDING_ALONE),
  },
  {
    what: 'backlog: peak MB of a replica',
    needed: 200,
    isLimit: true,
    reached: figure('backlog', 'peakMb', SERVICE_ON_POSTGRES),
  },
  atPartitions('ingest', ingestAt, 50, 0.95),
  atPartitions('ingest', ingestAt, 300, 0.85),
  atPartitions('ingest', ingestAt, 1_000, 0.75),
  atPartitions('end-to-end', endToEndAt, 50, 0.9),
  atPartitions('end-to-end', endToEndAt, 300, 0.75),
  ...[300, 1_000].map((count) => ({
    what: `ingest at ${count} partitions on Node 24, against ${WEBFLUX.name}`,
    needed: 0.95,
    reached: ratio('partitions', 'perSecond', ingestAt(count, SERVICE_ON_NODE_24), ingestAt(count, WEBFLUX)),
  })),
  {
    what: 'ingest at 1000 partitions: peak MB of the API',
    needed: 200,
    isLimit: true,
    reached: figure('partitions', 'peakMb', ingestAt(1_000)),
  },
  {
    what: 'ingest at 1000 partitions: sockets to the broker',
    needed: 4,
    isLimit: true,
    reached: figure('partitions', 'sockets', ingestAt(1_000)),
  },
  costsNoMore('ids', 1_000_000, 1_000),
  costsNoMore('stored orders', 1_000_000, 0),
  costsNoMore('API processes', 4, 1),
  {
    what: 'idle: % of a core',
    needed: 1,
    isLimit: true,
    reached: figure('idle', 'cpuShare', SERVICE_ON_POSTGRES),
  },
  {
    what: 'end-to-end with metrics, against without',
    needed: 0.97,
    reached: figure('observability', 'share', SERVICE),
  },
  {
    what: 'end-to-end with 1 % traced, against without traces',
    needed: 0.95,
    reached: ratio('observability', 'share', TRACED, SERVICE),
  },
  {
    what: 'a scrape: ms',
    needed: 20,
    isLimit: true,
    reached: figure('observability', 'scrapeMs', SCRAPED),
  },
  {
    what: 'a scrape: KB',
    needed: 200,
    isLimit: true,
    reached: figure('observability', 'scrapeKb', SCRAPED),
  },
  {
    what: 'a start in memory: ms',
    needed: 1_500,
    isLimit: true,
    reached: figure('observability', 'startMs', STARTED),
  },
  {
    what: 'end-to-end with the live page, against without',
    needed: 0.97,
    reached: ratio('live', 'perSecond', SERVICE, PAGE_OFF),
  },
  {
    what: 'end-to-end with ten who watch, against nobody',
    needed: 0.98,
    reached: ratio('live', 'perSecond', WATCHED, SERVICE),
  },
  {
    what: 'ingest with an API key, against AUTH=none',
    needed: 0.95,
    reached: figure('access', 'share', WITH_KEY),
  },
  {
    what: 'ingest with a token, against AUTH=none',
    needed: 0.9,
    reached: figure('access', 'share', WITH_TOKEN),
  },
];

export function compareWithTargets(tables: readonly Table[]): Reached[] {
  const byName = new Map(tables.map((table) => [table.name, table]));
  return TARGETS.map(({ what, needed, isLimit = false, reached: measure, ceiling }) => {
    const reached = measure(byName);
    return {
      what,
      needed: `${isLimit ? '≤' : '≥'} ${needed}`,
      reached,
      ceiling: ceiling?.(byName),
      holds: reached === undefined ? undefined : isLimit ? reached <= needed : reached >= needed,
    };
  });
}
