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
import type { ProcessedListener } from './order-message-handler.js';

/** A replica, as it is at a moment. */
export interface ReportingReplica {
  readonly state: EngineState;
  readonly circuitBreakerReason: string | undefined;
  partitionStates(): readonly PartitionState[];
}

/** Two reports a second at most. */
const EVERY_MS = 500;
/** So often when nothing changed: a replica that reports nothing for 3 s is taken for gone, so that one may be lost. */
const UNCHANGED_EVERY_MS = 1_400;

/** Reports what a replica is doing, as long as it runs. Nothing waits for a report, and nothing fails with it. */
export class ReplicaReporter {
  private readonly handled = new HandledOrders();
  private readonly startedAt: number;
  private of: ReportingReplica | undefined;
  private cancel: (() => void) | undefined;
  private lastAt = -Infinity;
  private reported = '';

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
    switch (event.kind) {
      case 'retried':
      case 'dead-lettered': {
        const { record, attempt, kind, durationMs, error } = event;
        this.handled.add(record, attempt, kind, durationMs, this.now(), error);
        break;
      }
      case 'state-changed':
        this.stateChanged(event.state);
        break;
      default:
    }
  };

  /** What the handler tells of each order. */
  readonly onProcessed: ProcessedListener = (record, attempt, outcome, durationMs) => {
    this.handled.add(record, attempt, outcome, durationMs, this.now());
  };

  /** Soon, but for the last one, which is at once. */
  private stateChanged(state: EngineState): void {
    if (this.of === undefined) return;
    const sinceMs = this.timers.now() - this.lastAt;
    if (state === 'stopped' || sinceMs >= EVERY_MS) this.report();
    else this.reportAfter(EVERY_MS - sinceMs);
  }

  private reportAfter(ms: number): void {
    this.cancel?.();
    this.cancel = this.timers.after(ms, () => {
      const dueInMs = this.lastAt + UNCHANGED_EVERY_MS - this.timers.now();
      if (dueInMs <= EVERY_MS / 10 || this.fingerprint() !== this.reported) this.report();
      else this.reportAfter(Math.min(EVERY_MS, dueInMs));
    });
  }

  private report(): void {
    if (this.of === undefined) return;
    const { state } = this.of;
    this.lastAt = this.timers.now();
    this.reported = this.fingerprint();
    this.reports.report(this.current(this.of));
    this.cancel?.();
    if (state !== 'stopped') this.reportAfter(EVERY_MS);
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

  /** Differs when there is something new to report. */
  private fingerprint(): string {
    const { state, circuitBreakerReason } = this.of ?? {};
    const partitions = this.of?.partitionStates() ?? [];
    const numbers = partitions.flatMap(({ partition, pending, inFlight }) => [partition, pending, inFlight]);
    return [state, circuitBreakerReason, this.handled.added, ...numbers].join();
  }
}
