import { readFile, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { Place } from '../../packages/delivery/test/simulation/history.js';
import type { Inspection } from '../../test/support/state-inspector.js';
import type { Counts, LoggedCounts } from './counts.js';
import type { Imported } from './import-client.js';
import type { ChaosOptions } from './options.js';

/** Times are ms since the epoch, on the clock of the machine. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface FaultSpan extends Span {
  readonly kind: string;
  readonly track: string;
  /** Why it could not be injected. */
  readonly failure?: string;
}

export type Dependency = 'broker' | 'store';

/** A dependency was surely unavailable to every process. */
export interface Outage extends Span {
  readonly dependency: Dependency;
  /** After `to` it was on its way back, as a broker that starts. */
  readonly backAt: number;
}

/** What a process said at `/health/ready`; absent when it did not respond. */
export interface ReadinessSample {
  readonly askedAt: number;
  /** When the response came, or the time-out. */
  readonly at: number;
  readonly process: string;
  readonly role: 'api' | 'consumer';
  readonly ready?: boolean;
  /** The checks that are not up. */
  readonly why?: string;
}

export interface Usage {
  readonly at: number;
  readonly process: string;
  readonly pid: number;
  readonly rssBytes: number;
  readonly peakRssBytes: number;
  /** What keeps the event loop of Node busy, by kind. */
  readonly handles: number;
  readonly sockets: number;
}

export interface Answered {
  readonly sentAt: number;
  readonly answer: 'success' | 'refused' | 'unknown';
  /** Absent when there was no response. */
  readonly status?: number;
}

/** What the operator did to dead letters, and what the response was. */
export interface Operation {
  readonly at: number;
  readonly action: 'redrive' | 'discard';
  readonly answer: 'success' | 'unknown';
  /** Of the one dead letter; absent for what can't be read, in bulk. */
  readonly orderId?: string;
  /** How often it had been redriven before. */
  readonly redriveCount?: number;
  /** Fulfilment succeeds for the order from here on. */
  readonly isRepaired?: boolean;
  /** How many were resolved surely, and how many at most. */
  readonly resolved: number;
  readonly atMost: number;
}

/** What a process has counted, by its own metrics. */
export interface CountedLife {
  readonly process: string;
  readonly pid: number;
  /** When it was asked, the last time that it responded. */
  readonly askedAt: number;
  readonly counts: Counts;
  /** What it had logged of that by then, and in all. */
  readonly loggedBefore: LoggedCounts;
  readonly logged: LoggedCounts;
  /** Absent of one that ran to the end, and was asked when nothing happened any more. */
  readonly endedAt?: number;
  /** It ended in good order, and had the response to all that it had begun. */
  readonly hasStopped?: boolean;
}

/** A line of a process's log. */
export interface ServiceEvent {
  readonly at: number;
  readonly process: string;
  readonly level: string;
  readonly text: string;
}

/** How often a record was completed, by the log, and whether it was said to be processed or rejected then. */
export interface Handled extends Place {
  readonly times: number;
  readonly tookEffect?: boolean;
}

/** All that is known of a run; what it is judged by. */
export interface ChaosHistory extends Inspection {
  readonly handled: readonly Handled[];
  readonly options: ChaosOptions;
  readonly versions: string;
  readonly startedAt: number;
  /** The faults of the tracks end; those of the quiet phase, and a calm load, follow. */
  readonly faultsEndedAt: number;
  readonly faults: readonly FaultSpan[];
  readonly outages: readonly Outage[];
  /** In the order of `requests`, of those that went over HTTP. */
  readonly answers: readonly Answered[];
  readonly imports: readonly Imported[];
  readonly operations: readonly Operation[];
  /** How many dead letters the service listed at the end; absent when it listed none in time. */
  readonly listed?: number;
  /** Absent in histories of before. */
  readonly counted?: readonly CountedLife[];
  readonly readiness: readonly ReadinessSample[];
  readonly usage: readonly Usage[];
  /** How often fulfilment was called for what it had fulfilled already: it is called at least once. */
  readonly fulfilledAgain: number;
  /** Fulfilment's requests whose idempotency key was not the order's id. */
  readonly misnamed: readonly string[];
  /** Error lines of the processes' logs, each text with how often it came. */
  readonly errors: Readonly<Record<string, number>>;
  /** What the processes logged, but what they logged of single orders: to be read, nothing is judged by it. */
  readonly events: readonly ServiceEvent[];
}

export async function save(history: ChaosHistory, file: string): Promise<void> {
  await writeFile(file, await promisify(gzip)(JSON.stringify(history)));
}

export async function load(file: string): Promise<ChaosHistory> {
  const bytes = await readFile(file);
  return JSON.parse(String(await promisify(gunzip)(bytes))) as ChaosHistory;
}
