import { percentile } from './completion-times.js';
import type { AllProgress } from './live-replicas.js';
import { MAX_POINTS, type HistoryPoint } from './live-view.js';
import { toRate } from './replica-sighting.js';

/** Percentiles are of so many points, and what came since. */
const RECENT = 5;

/** What was seen of the group since the point before. */
export interface GroupMoment {
  /** Per second; `null` when nobody asked. */
  readonly accepted: number | null;
  /** By partition; empty when nobody asked. */
  readonly lag: readonly number[];
}

/** A point every few seconds, for a quarter of an hour. */
export class LiveHistory {
  private latest: readonly HistoryPoint[] = [];
  private recent: readonly (readonly number[])[] = [];
  private retriesBefore = 0;

  /** Oldest first. */
  get points(): readonly HistoryPoint[] {
    return this.latest;
  }

  get retries(): number {
    return this.retriesBefore;
  }

  add(progress: AllProgress, { accepted, lag }: GroupMoment, at: number, everyMs: number): HistoryPoint {
    const sinceMs = at - (this.latest.at(-1)?.at ?? at - everyMs);
    const { completed, retried, deadLettered, completionTimes } = progress;
    this.recent = [...this.recent, completionTimes].slice(-RECENT);
    this.retriesBefore += retried;
    const point: HistoryPoint = {
      at,
      accepted,
      completed: toRate(completed + deadLettered, Math.max(1, sinceMs)),
      p50Ms: percentile(completionTimes, 0.5),
      p99Ms: percentile(completionTimes, 0.99),
      retries: retried,
      deadLettered,
      lag,
    };
    this.latest = [...this.latest, point].slice(-MAX_POINTS);
    return point;
  }

  /** Of the last ten seconds, and of what came since the last point. */
  percentiles(since: readonly number[]): { readonly p50Ms: number | null; readonly p99Ms: number | null } {
    const counts = since.map((count, bucket) =>
      this.recent.reduce((sum, each) => sum + (each[bucket] ?? 0), count),
    );
    return { p50Ms: percentile(counts, 0.5), p99Ms: percentile(counts, 0.99) };
  }
}
