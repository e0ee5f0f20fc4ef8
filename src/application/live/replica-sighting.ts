import type { ReplicaReport } from '../ports/replica-reports.js';
import type { ReplicaView } from './live-view.js';

/** A replica that reports nothing for so long is gone. */
export const GONE_AFTER_MS = 3_000;
/** And is shown for so long after that. */
export const FORGOTTEN_AFTER_MS = 5 * 60_000;
/** Rates are of the last seconds. */
const RATE_MS = 5_000;
/** Its partitions move because of it. */
const NEW_FOR_MS = 20_000;

/** What was done between two reports of a replica. */
export interface Progress {
  readonly completed: number;
  readonly retried: number;
  readonly deadLettered: number;
  readonly completionTimes: readonly number[];
}

/** A replica, as its reports show it. Knows no partition of others. */
export class ReplicaSighting {
  private readonly firstSeenAt: number;
  private startedSeenAt: number;
  private seenAt: number;
  /** When so many orders were completed, on the replica's clock, within the last seconds. */
  private samples: { readonly at: number; readonly completed: number }[] = [];

  constructor(
    private report: ReplicaReport,
    now: number,
  ) {
    this.firstSeenAt = now;
    this.startedSeenAt = now;
    this.seenAt = now;
    this.sample(report);
  }

  /** Returns what was done since the report before. */
  received(report: ReplicaReport, now: number): Progress {
    const before = report.startedAt === this.report.startedAt ? this.report : undefined;
    if (before === undefined) {
      this.startedSeenAt = now;
      this.samples = [];
    }
    this.report = report;
    this.seenAt = now;
    this.sample(report);
    const since = (value: number, earlier = 0) => Math.max(0, value - earlier);
    const { completed, retried, deadLettered } = report.totals;
    return {
      completed: since(completed, before?.totals.completed),
      retried: since(retried, before?.totals.retried),
      deadLettered: since(deadLettered, before?.totals.deadLettered),
      completionTimes: report.completionTimes.map((count, bucket) =>
        since(count, before?.completionTimes[bucket]),
      ),
    };
  }

  get id(): string {
    return this.report.replica;
  }

  get lastSeenAt(): number {
    return this.seenAt;
  }

  stateAt(now: number): ReplicaView['state'] {
    const { state } = this.report;
    return state !== 'stopped' && now - this.seenAt > GONE_AFTER_MS ? 'gone' : state;
  }

  /** Whether it reports, and has not stopped. */
  isAliveAt(now: number): boolean {
    const state = this.stateAt(now);
    return state !== 'gone' && state !== 'stopped';
  }

  /** Whether it has started lately, as far as can be told. */
  isNewAt(now: number, watchedSince: number): boolean {
    const isFirst = this.startedSeenAt === this.firstSeenAt;
    const wasThere = isFirst && this.firstSeenAt - watchedSince < GONE_AFTER_MS;
    return !wasThere && now - this.startedSeenAt < NEW_FOR_MS;
  }

  isForgottenAt(now: number): boolean {
    return !this.isAliveAt(now) && now - this.seenAt > FORGOTTEN_AFTER_MS;
  }

  /** The partitions that it says are its own. */
  partitionsAt(now: number): readonly number[] {
    return this.isAliveAt(now) ? this.report.partitions.map(({ partition }) => partition) : [];
  }

  /** @param lag by partition */
  view(now: number, lag: ReadonlyMap<number, number>): ReplicaView {
    const { circuitBreaker, recent } = this.report;
    const isAlive = this.isAliveAt(now);
    const partitions = isAlive ? this.report.partitions : [];
    return {
      id: this.id,
      state: this.stateAt(now),
      seenAt: this.seenAt,
      partitions: partitions.map((each) => {
        const behind = lag.get(each.partition);
        return behind === undefined ? each : { ...each, lag: behind };
      }),
      inFlight: partitions.reduce((sum, { inFlight }) => sum + inFlight, 0),
      completedPerSecond: isAlive ? this.completedPerSecond : 0,
      ...(circuitBreaker !== undefined && isAlive && { circuitBreaker }),
      recent,
    };
  }

  private get completedPerSecond(): number {
    const [first] = this.samples;
    const last = this.samples.at(-1);
    if (first === undefined || last === undefined || last.at <= first.at) return 0;
    return toRate(last.completed - first.completed, last.at - first.at);
  }

  private sample({ at, totals }: ReplicaReport): void {
    if ((this.samples.at(-1)?.at ?? -Infinity) > at) this.samples = [];
    this.samples.push({ at, completed: totals.completed + totals.deadLettered });
    const oldest = this.samples.findIndex((each) => at - each.at <= RATE_MS);
    this.samples.splice(0, oldest);
  }
}

/** Per second, with one decimal. */
export function toRate(count: number, ms: number): number {
  return Math.max(0, Math.round((count * 10_000) / ms) / 10);
}
