import {
  failureText,
  type DeliveryEvent,
  type DeliveryObserver,
  type EngineState,
  type PartitionState,
  type Timers,
} from '@order-service/delivery';
import {
  MAX_REPORTED_ERROR,
  type ReplicaReport,
  type ReplicaReports,
} from '../../application/ports/replica-reports.js';
import { HandledOrders } from './handled-orders.js';
import type { ProcessedListener, ReplicaWatch } from './order-message-handler.js';

/** A replica, as it is at a moment. */
export interface ReportingReplica {
  readonly state: EngineState;
  readonly circuitBreakerReason: string | undefined;
  partitionStates(): readonly PartitionState[];
}

/** Two reports a second at most. */
const CHANGED_EVERY_MS = 500;
/** So often when nothing happens: a replica that reports nothing for 3 s is taken for gone, so that one may be lost. */
const UNCHANGED_EVERY_MS = 1_400;

/** Reports what a replica is doing, as long as it runs. Nothing waits for a report, and nothing fails with it. */
export class ReplicaReporter implements ReplicaWatch {
  private readonly handled = new HandledOrders();
  private readonly startedAt: number;
  private of: ReportingReplica | undefined;
  private cancel: (() => void) | undefined;
  private lastAt = -Infinity;
  private dueAt = Infinity;

  constructor(
    private readonly replica: string,
    private readonly reports: Pick<ReplicaReports, 'report'>,
    private readonly timers: Timers,
    private readonly now: () => number,
  ) {
    this.startedAt = now();
  }

  /** Begins to report. */
  watch(of: ReportingReplica): void {
    this.of = of;
    this.report();
  }

  /** What the delivery library tells of the replica. */
  readonly observer: DeliveryObserver = (event: DeliveryEvent) => {
    if (event.kind === 'retried' || event.kind === 'dead-lettered') {
      const { record, attempt, kind, durationMs, error } = event;
      this.handled.add(record, attempt, kind, durationMs, this.now(), error);
    }
    if (event.kind === 'commit-finished') return; // of which no report tells
    const hasStopped = event.kind === 'state-changed' && event.state === 'stopped';
    this.reportIn(hasStopped ? 0 : CHANGED_EVERY_MS);
  };

  /** What the handler tells of each order. */
  readonly onProcessed: ProcessedListener = ({ record, attempt, outcome, durationMs }) => {
    this.handled.add(record, attempt, outcome, durationMs, this.now());
    this.reportIn(CHANGED_EVERY_MS);
  };

  /** So long after the report before, or now if that is over. A report that is due earlier stays so. */
  private reportIn(ms: number): void {
    const dueAt = this.lastAt + ms;
    if (this.of === undefined || dueAt >= this.dueAt) return;
    this.dueAt = dueAt;
    this.cancel?.();
    const inMs = dueAt - this.timers.now();
    if (inMs <= 0) this.report();
    else this.cancel = this.timers.after(inMs, () => this.report());
  }

  private report(): void {
    if (this.of === undefined) return;
    this.lastAt = this.timers.now();
    this.dueAt = Infinity;
    this.reports.report(this.current(this.of));
    if (this.of.state === 'stopped') this.of = undefined;
    else this.reportIn(UNCHANGED_EVERY_MS);
  }

  private current(of: ReportingReplica): ReplicaReport {
    const reason = of.circuitBreakerReason;
    return {
      replica: this.replica,
      startedAt: this.startedAt,
      at: this.now(),
      state: of.state,
      partitions: of.partitionStates().map(({ partition, pending, inFlight, paused }) => {
        return { partition, pending, inFlight, ...(paused !== undefined && { paused }) };
      }),
      ...(reason !== undefined && { circuitBreaker: failureText(reason).slice(0, MAX_REPORTED_ERROR) }),
      totals: this.handled.totals,
      completionTimes: this.handled.completionTimes,
      recent: this.handled.recent(),
    };
  }
}
