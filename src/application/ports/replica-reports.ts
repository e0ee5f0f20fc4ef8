export type ReplicaState = 'joining' | 'working' | 'draining' | 'paused' | 'stopped';
export const REPLICA_STATES = ['joining', 'working', 'draining', 'paused', 'stopped'] as const;

export type HandledOutcome = (typeof HANDLED_OUTCOMES)[number];
export const HANDLED_OUTCOMES = [
  'processed',
  'rejected',
  'already-processed',
  'retried',
  'dead-lettered',
] as const;

/** One attempt at an order, and what came of it. */
export interface HandledOrder {
  /** The key of its message, cut at {@link MAX_REPORTED_ID}; empty without one. */
  readonly orderId: string;
  readonly partition: number;
  /** 64-bit integer, as text. */
  readonly offset: string;
  /** 1 at the first. */
  readonly attempt: number;
  readonly outcome: HandledOutcome;
  readonly tookMs: number;
  /** When it ended, in ms since the epoch, as all times of a report. */
  readonly at: number;
  /** One line, cut at {@link MAX_REPORTED_ERROR}. */
  readonly error?: string | undefined;
}

export interface ReportedPartition {
  readonly partition: number;
  readonly pending: number;
  readonly inFlight: number;
  /** Why it is not read on; absent while it is. */
  readonly paused?: string | undefined;
}

/** How many orders since the replica started. A dead-lettered one is not completed. */
export interface ReplicaTotals {
  readonly completed: number;
  readonly retried: number;
  readonly deadLettered: number;
}

/** What a replica says of itself at a moment. What is lost between two of its reports is in the totals of the next. */
export interface ReplicaReport {
  readonly replica: string;
  /** Another one when the replica has restarted. */
  readonly startedAt: number;
  readonly at: number;
  readonly state: ReplicaState;
  readonly partitions: readonly ReportedPartition[];
  /** Why the circuit breaker is open; absent while it is closed. */
  readonly circuitBreaker?: string | undefined;
  readonly totals: ReplicaTotals;
  /** How many orders took how long from published to completed; see `completion-times.ts`. */
  readonly completionTimes: readonly number[];
  /** Newest first, {@link MAX_RECENT} at most. */
  readonly recent: readonly HandledOrder[];
}

export const MAX_RECENT = 20;
export const MAX_REPORTED_ID = 193;
export const MAX_REPORTED_ERROR = 200;

/**
 * What the replicas of the consumer group say of themselves, to whoever wants to see it. A report that can't be sent soon is
 * lost, and nobody waits for it: nothing but the picture depends on reports.
 */
export interface ReplicaReports {
  /** Of several reports of a replica that wait to be sent the newest counts. One that is too large loses its samples first. */
  report(report: ReplicaReport): void;
  /** Tells `listener` each report from now on. What is no report is left out. Returns what ends that. */
  follow(listener: (report: ReplicaReport) => void): () => void;
}
