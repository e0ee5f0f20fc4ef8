export interface Place {
  readonly partition: number;
  readonly offset: number;
}

/** An order that a client sent, and what it was told: `refused` is known not to have happened. */
export interface OrderRequest {
  readonly orderId: string;
  /** Product and quantity, in any form that is equal when they are. */
  readonly content: string;
  readonly answer: 'success' | 'refused' | 'unknown';
  /** Where its record lies, by the answer. */
  readonly place?: Place;
}

/** A record as a fresh client reads it from the topic. */
export interface LoggedOrder extends Place {
  /** When it was sent. */
  readonly at?: number;
  /** Absent when the record is no order. */
  readonly order?: { readonly orderId: string; readonly content: string };
  /** It was published so as to be dead-lettered, conflicting content aside: that shows in the topic itself. */
  readonly poison: boolean;
  /** Whether fulfilment rejects the order; absent where nobody says. */
  readonly refused?: boolean;
  /** How often it had been redriven. */
  readonly redriveCount?: number;
  /** Healthy, but it failed in an outage when too few others did for that to be told from a fault of its own. */
  readonly mayBeGivenUp?: boolean;
}

/** A dead letter by the place of its record, when it was appended. */
export interface Letter extends Place {
  readonly at: number;
}

/** A line of the store's append-only history. */
export interface Effect {
  readonly at: number;
  readonly orderId: string;
  readonly content: string;
  readonly status: 'processed' | 'rejected' | 'parked';
}

/** What the group had committed at some moment. */
export interface CommittedSample {
  readonly at: number;
  readonly partition: number;
  /** Absent when it was deleted: the group begins anew. */
  readonly position?: number;
}

/** What was asked, and what was found at the end. Times are ms of one clock; lists are in the order of time. */
export interface History {
  readonly requests: readonly OrderRequest[];
  readonly log: readonly LoggedOrder[];
  readonly letters: readonly Letter[];
  readonly effects: readonly Effect[];
  readonly commits: readonly CommittedSample[];
  /** After the drain; `end` is the offset of the next record to come. */
  readonly final: readonly { readonly partition: number; readonly committed: number; readonly end: number }[];
  /** How often each record was completed. */
  readonly handled: readonly (Place & { readonly times: number })[];
  /** Whether nothing happened that may have a record redelivered: only joins, and stops that were asked for. */
  readonly graceful: boolean;
  readonly lastFaultAt: number;
  /** When all was completed and committed; absent when that never came. */
  readonly drainedAt?: number;
  readonly drainWithinMs: number;
}
