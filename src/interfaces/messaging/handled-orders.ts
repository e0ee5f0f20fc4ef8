import { failureText } from '@order-service/delivery';
import {
  MAX_RECENT,
  MAX_REPORTED_ERROR,
  MAX_REPORTED_ID,
  type HandledOrder,
  type HandledOutcome,
  type ReplicaTotals,
} from '../../application/ports/replica-reports.js';
import { BUCKETS, bucketAt } from '../../application/live/completion-times.js';

/** What is needed of a record; its texts are made only when somebody reports. */
interface HandledRecord {
  readonly partition: number;
  readonly offset: bigint;
  readonly key: Uint8Array | null;
  /** When it was published. */
  readonly timestamp: number;
}

interface Handled {
  readonly record: HandledRecord;
  readonly attempt: number;
  readonly outcome: HandledOutcome;
  readonly tookMs: number;
  readonly at: number;
  readonly error: unknown;
}

/** The latest orders that a replica handled, and how many there were. Adding one costs some assignments. */
export class HandledOrders {
  private readonly latest = new Array<Handled | undefined>(MAX_RECENT).fill(undefined);
  private count = 0;
  private completed = 0;
  private retried = 0;
  private deadLettered = 0;
  private readonly times = new Array<number>(BUCKETS).fill(0);

  get totals(): ReplicaTotals {
    const { completed, retried, deadLettered } = this;
    return { completed, retried, deadLettered };
  }

  /** How many orders took how long from published to completed, without the empty buckets at the end. */
  get completionTimes(): readonly number[] {
    return this.times.slice(0, this.times.findLastIndex((count) => count > 0) + 1);
  }

  add(
    record: HandledRecord,
    attempt: number,
    outcome: HandledOutcome,
    tookMs: number,
    at: number,
    error?: unknown,
  ): void {
    this.latest[this.count++ % MAX_RECENT] = { record, attempt, outcome, tookMs, at, error };
    if (outcome === 'retried') this.retried++;
    else if (outcome === 'dead-lettered') this.deadLettered++;
    else {
      this.completed++;
      const bucket = bucketAt(at - record.timestamp);
      this.times[bucket] = (this.times[bucket] ?? 0) + 1;
    }
  }

  /** Newest first. */
  recent(): HandledOrder[] {
    const orders: HandledOrder[] = [];
    for (let back = 1; back <= Math.min(MAX_RECENT, this.count); back++) {
      const handled = this.latest[(this.count - back) % MAX_RECENT];
      if (handled !== undefined) orders.push(toOrder(handled));
    }
    return orders;
  }
}

function toOrder({ record, attempt, outcome, tookMs, at, error }: Handled): HandledOrder {
  const { key, partition, offset } = record;
  return {
    orderId: key === null ? '' : new TextDecoder().decode(key).slice(0, MAX_REPORTED_ID),
    partition,
    offset: String(offset),
    attempt,
    outcome,
    tookMs: Math.round(tookMs),
    at,
    ...(error !== undefined && { error: failureText(error).slice(0, MAX_REPORTED_ERROR) }),
  };
}
