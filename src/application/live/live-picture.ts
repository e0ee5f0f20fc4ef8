import { DEAD_LETTER_REASONS, type DeadLetterReason, type DeadLetters } from '../ports/dead-letters.js';
import type { GroupLag } from '../ports/group-lag.js';
import type { Logger } from '../ports/logger.js';
import type { ReplicaReports } from '../ports/replica-reports.js';
import { LiveHistory } from './live-history.js';
import { LiveLag } from './live-lag.js';
import { LiveReplicas } from './live-replicas.js';
import {
  HISTORY_EVERY_MS,
  type HistoryPoint,
  type LiveService,
  type LiveTotals,
  type LiveView,
} from './live-view.js';

const UNCHANGED_EVERY_MS = 5_000;
/** Counting takes one of so many parts of the time at most. */
const COUNTING_SHARE = 10;

export interface LiveSources {
  readonly reports: Pick<ReplicaReports, 'follow'>;
  readonly group: GroupLag;
  readonly deadLetters: Pick<DeadLetters, 'list'>;
}

/** The service as somebody who watches sees it: of what its replicas report, of their lag, and of the dead letters. */
export class LivePicture {
  private readonly replicas = new LiveReplicas();
  private readonly history = new LiveHistory();
  private readonly lag: LiveLag;
  private deadLetterCounts: readonly number[] = [];
  private countAgainAt = -Infinity;
  private stopFollowing: (() => void) | undefined;

  constructor(
    private readonly service: LiveService,
    private readonly sources: LiveSources,
    private readonly logger: Pick<Logger, 'debug'>,
    private readonly now: () => number,
  ) {
    this.lag = new LiveLag(sources.group);
  }

  start(): void {
    this.stopFollowing ??= this.sources.reports.follow((report) => {
      this.replicas.received(report, this.now());
    });
  }

  stop(): void {
    this.stopFollowing?.();
    this.stopFollowing = undefined;
  }

  isAlive(replica: string): boolean {
    return this.replicas.isAlive(replica, this.now());
  }

  /** Call it while somebody watches. Never rejects. */
  refreshLag(): Promise<void> {
    return this.lag.refresh(this.now);
  }

  /**
   * Call it every second while somebody watches. To count many takes time: while nothing changes they are counted every fifth
   * time, and never for more than a tenth of the time. Never rejects.
   */
  async refreshDeadLetters(): Promise<void> {
    const startedAt = this.now();
    if (startedAt < this.countAgainAt) return;
    this.countAgainAt = Infinity;
    try {
      const found = await Promise.all(
        DEAD_LETTER_REASONS.map((reason) => this.sources.deadLetters.list({ reason }, 0)),
      );
      const counts = found.map(({ matched }) => matched);
      const hasChanged = counts.some((count, index) => count !== this.deadLetterCounts[index]);
      this.deadLetterCounts = counts;
      const tookMs = this.now() - startedAt;
      this.countAgainAt = startedAt + Math.max(hasChanged ? 0 : UNCHANGED_EVERY_MS, COUNTING_SHARE * tookMs);
    } catch (error) {
      this.countAgainAt = startedAt;
      this.logger.debug('the dead letters could not be counted', { error });
    }
  }

  /** Call it every {@link HISTORY_EVERY_MS}, whether or not somebody watches. */
  addPoint(): HistoryPoint {
    const now = this.now();
    this.replicas.tick(now);
    return this.history.add(this.replicas.takeProgress(), this.lag.moment(now), now, HISTORY_EVERY_MS);
  }

  view(): LiveView {
    const now = this.now();
    this.replicas.tick(now);
    const lag = this.lag.partitions(now) ?? [];
    const replicas = this.replicas.views(now, new Map(lag.map((each) => [each.partition, each.pending])));
    const completedPerSecond = replicas.reduce((sum, each) => sum + each.completedPerSecond, 0);
    return {
      at: now,
      service: this.service,
      totals: this.totals(now, Math.round(completedPerSecond * 10) / 10),
      replicas,
      moves: this.replicas.moves,
      history: { everyMs: HISTORY_EVERY_MS, points: this.history.points },
    };
  }

  private totals(now: number, completedPerSecond: number): LiveTotals {
    const lag = this.lag.partitions(now);
    const oldest = (lag ?? []).flatMap(({ oldestAt }) => (oldestAt === undefined ? [] : [oldestAt]));
    const { retried, completionTimes } = this.replicas.progressSoFar;
    return {
      brokerUnavailable: this.lag.isUnavailable,
      acceptedPerSecond: this.lag.acceptedPerSecond(now),
      completedPerSecond,
      pending: lag?.reduce((sum, { pending }) => sum + pending, 0) ?? null,
      oldestPendingAt: oldest.length === 0 ? null : Math.min(...oldest),
      ...this.history.percentiles(completionTimes),
      retries: this.history.retries + retried,
      deadLetters: DEAD_LETTER_REASONS.map((reason: DeadLetterReason, index) => ({
        reason,
        count: this.deadLetterCounts[index] ?? 0,
      })),
    };
  }
}
