import type { DeadLetterReason } from '../ports/dead-letters.js';
import type { HandledOrder, ReplicaState, ReportedPartition } from '../ports/replica-reports.js';
import type { ReplicaAction } from '../ports/replica-commands.js';

/** The service at a moment, for somebody who watches. Times are in ms since the epoch, rates per second. */
export interface LiveView {
  readonly at: number;
  readonly service: LiveService;
  readonly totals: LiveTotals;
  /** By name. */
  readonly replicas: readonly ReplicaView[];
  /** Newest first, {@link MAX_MOVES} at most. */
  readonly moves: readonly Move[];
  readonly history: { readonly everyMs: number; readonly points: readonly HistoryPoint[] };
}

/** What never changes while the process runs. */
export interface LiveService {
  readonly role: string;
  readonly messaging: string;
  readonly store: string;
  readonly topic: string;
  readonly group: string;
  /** What those who watch may ask for; `start` is one replica more. */
  readonly actions: readonly (ReplicaAction | 'start')[];
  /** What the simulated fulfilment knows, if that is what fulfils. */
  readonly products: readonly { readonly name: string; readonly what: string }[];
  readonly links: { readonly akhq?: string };
}

export interface LiveTotals {
  /** The brokers did not respond when they were asked last: replicas that are `gone` may well be working. */
  readonly brokerUnavailable: boolean;
  /** `null`: not known now, as what follows. */
  readonly acceptedPerSecond: number | null;
  readonly completedPerSecond: number;
  /** Published and not completed, as the group has committed. */
  readonly pending: number | null;
  readonly oldestPendingAt: number | null;
  /** From published to completed. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  readonly retries: number;
  /** That are neither redriven nor discarded. */
  readonly deadLetters: readonly { readonly reason: DeadLetterReason; readonly count: number }[];
}

export interface ReplicaView {
  readonly id: string;
  /** `gone`: it has stopped reporting without a word. */
  readonly state: ReplicaState | 'gone';
  /** When its last report came, on the clock of this process. */
  readonly seenAt: number;
  readonly partitions: readonly (ReportedPartition & { readonly lag?: number })[];
  readonly inFlight: number;
  readonly completedPerSecond: number;
  readonly circuitBreaker?: string;
  /** Newest first. */
  readonly recent: readonly HandledOrder[];
}

/** A partition has another replica than before. */
export interface Move {
  readonly at: number;
  readonly partition: number;
  /** Absent: nobody had it. */
  readonly from?: string;
  /** Absent: nobody has it. */
  readonly to?: string;
  /** `stopped`, `gone`: the one that had it. `joined`: a replica is new. */
  readonly why: 'joined' | 'stopped' | 'gone' | 'rebalanced';
}

export interface HistoryPoint {
  readonly at: number;
  /** Per second; `null` when nobody watched. */
  readonly accepted: number | null;
  /** Per second. */
  readonly completed: number;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  /** Since the point before. */
  readonly retries: number;
  readonly deadLettered: number;
  /** By partition; empty when nobody watched. */
  readonly lag: readonly number[];
}

export const MAX_MOVES = 50;
export const HISTORY_EVERY_MS = 2_000;
/** 15 minutes. */
export const MAX_POINTS = 450;
