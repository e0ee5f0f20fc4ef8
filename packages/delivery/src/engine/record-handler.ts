import type { ReceivedRecord } from './record-source.js';

/** What becomes of a record after an attempt at it failed. */
export type Disposition<Reason extends string = string> =
  /** Once more after `delayMs`, as the next attempt. */
  | {
      readonly kind: 'retry';
      readonly delayMs: number;
      readonly mayBeOutage: boolean;
      /** What the dependency asked for, if it did. */
      readonly retryAfterMs?: number;
    }
  /** A dependency is surely away: once more when it is back, and no attempt is spent. */
  | { readonly kind: 'suspend' }
  /** The same, as far as can be told: unless this record alone makes it look so ({@link RecordHandler.decide}). */
  | { readonly kind: 'unavailable'; readonly retryAfterMs: number }
  /** It is no longer this replica's: nothing is spent. */
  | { readonly kind: 'let-go' }
  /** Given up. `mayBeOutage`: only when other orders fare better. */
  | {
      readonly kind: 'dead-letter';
      readonly reason: Reason;
      readonly mayBeOutage: boolean;
      readonly retryAfterMs?: number;
    };

/** One attempt at a record. */
export interface Attempt {
  /** 1 at the first. */
  readonly number: number;
  /** Aborted, with {@link AttemptTimedOut} as the reason, when the attempt has used up its time. */
  readonly signal: AbortSignal;
  /** Whether the record is this replica's at this moment. Ask at the last moment before an effect. */
  mayTakeEffect(): boolean;
}

/** The failures of a record that is given up. Times are ms since the epoch. */
export interface Failures {
  /** The last one. */
  readonly error: unknown;
  readonly attempts: number;
  readonly firstAt: number;
  readonly lastAt: number;
}

/** What is done with records. The engine decides when, how often, and what may be committed. */
export interface RecordHandler<Reason extends string = string> {
  /** Carries a record out; resolves when its effect is saved. */
  handle(record: ReceivedRecord, attempt: Attempt): Promise<void>;
  /**
   * What to do after attempt number `attempt` rejected with `error`.
   * @param othersSucceed what makes a dependency look unavailable is this record itself, as others succeed
   */
  decide(
    error: unknown,
    record: ReceivedRecord,
    attempt: number,
    othersSucceed: boolean,
  ): Disposition<Reason>;
  /** Puts a record aside; resolves when it is kept there. Called again when it rejects. */
  deadLetter(record: ReceivedRecord, reason: Reason, failures: Failures): Promise<void>;
}

/** The attempt took longer than it may. */
export class AttemptTimedOut extends Error {
  override readonly name = 'AttemptTimedOut';

  constructor(timeoutMs: number) {
    super(`the attempt took more than ${timeoutMs} ms`);
  }
}
