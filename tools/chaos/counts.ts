import type { LogEntry } from '../../test/support/service-log.js';
import { Scrape } from '../../test/support/scrape.js';
import { LOG_LINES } from '../log-lines.js';

type Selector = readonly [name: string, labels?: Readonly<Record<string, string>>];

/** What is read of a process's metrics: counters, and gauges from `queued` on. */
const SERIES = {
  accepted: ['orders_accepted_total'],
  unknownOutcomes: ['publisher_unknown_outcomes_total'],
  processed: ['orders_completed_total', { outcome: 'processed' }],
  rejected: ['orders_completed_total', { outcome: 'rejected' }],
  alreadyProcessed: ['orders_completed_total', { outcome: 'already_processed' }],
  deadLettered: ['orders_completed_total', { outcome: 'dead_lettered' }],
  invalid: ['orders_dead_lettered_total', { reason: 'invalid' }],
  exhausted: ['orders_dead_lettered_total', { reason: 'exhausted' }],
  conflicting: ['orders_dead_lettered_total', { reason: 'conflicting' }],
  retries: ['orders_retries_total'],
  redriven: ['orders_redriven_total'],
  discarded: ['orders_discarded_total'],
  queued: ['publisher_queue_messages'],
  pending: ['delivery_records_pending'],
  lag: ['delivery_consumer_lag_records'],
  unresolved: ['orders_dead_letters_unresolved'],
} as const satisfies Record<string, Selector>;

/** The line that a process logs where it counts. Of `retries` some lines are not counted. */
const LINES = {
  processed: LOG_LINES.processed,
  rejected: LOG_LINES.rejected,
  alreadyProcessed: LOG_LINES.alreadyProcessed,
  deadLettered: LOG_LINES.deadLettered,
  retries: LOG_LINES.willBeRetried,
  redriven: LOG_LINES.redriven,
  discarded: LOG_LINES.discarded,
} as const satisfies Partial<Record<keyof typeof SERIES, string>>;

/** A gauge that could not be read is absent. */
export type Counts = Readonly<Partial<Record<keyof typeof SERIES, number>>>;
export type LoggedCounts = Readonly<Partial<Record<keyof typeof LINES, number>>>;

/** @param text what `GET /metrics` responded */
export function readCounts(text: string): Counts {
  const scrape = new Scrape(text);
  const counts = Object.entries<Selector>(SERIES).flatMap(([count, [name, labels]]) => {
    const value = scrape.value(name, labels);
    return value === undefined ? [] : [[count, value] as const];
  });
  return Object.fromEntries(counts);
}

/** Whether no gauge is absent: those of what a process asks the brokers for may be. */
export function isWhole({ process, counts }: { readonly process: string; readonly counts: Counts }): boolean {
  return !process.startsWith('api') || (counts.lag !== undefined && counts.unresolved !== undefined);
}

/** How often each process logged what it counts. A process that is killed has written all that it logged. */
export class Logged {
  private readonly byPid = new Map<number, Record<string, number>>();
  private readonly countOf = new Map<string, string>(
    Object.entries(LINES).map(([count, line]) => [line, count]),
  );

  add({ pid, message }: LogEntry): void {
    const count = this.countOf.get(message);
    if (count === undefined) return;
    const known = this.byPid.get(pid) ?? {};
    this.byPid.set(pid, { ...known, [count]: (known[count] ?? 0) + 1 });
  }

  /** Until now. */
  by(pid: number): LoggedCounts {
    return this.byPid.get(pid) ?? {};
  }
}
