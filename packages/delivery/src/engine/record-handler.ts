import type { LogFields } from './logger.js';
import type { ReceivedRecord } from './record-source.js';

/** Whether a failure may come of an outage: while records of many keys fail so and none succeeds, no attempt is counted. */
interface PossibleOutage {
  readonly mayBeOutage: boolean;
  /** What the dependency asked for, if it did. */
  readonly retryAfterMs?: number;
}

/** The record failed: that counts an attempt, unless it is an outage. */
export type FailureDisposition<Reason extends string = string> = PossibleOutage &
  (
    | { readonly kind: 'retry'; readonly delayMs: number }
    | { readonly kind: 'dead-letter'; readonly reason: Reason }
  );

/** What becomes of a record after an attempt at it failed. */
export type Disposition<Reason extends string = string> =
  | FailureDisposition<Reason>
  /** A dependency is surely unavailable: the record waits until it is available, and no attempt is counted. */
  | { readonly kind: 'suspend' }
  /** The same, as far as can be told: unless this record alone makes it look so ({@link RecordHandler.decide}). */
  | { readonly kind: 'unavailable'; readonly retryAfterMs: number }
  /** The partition is no longer this replica's: no attempt is counted. */
  | { readonly kind: 'let-go' };

/** One attempt at a record. */
export interface Attempt {
  /** 1 at the first. */
  readonly number: number;
  /** Aborted, with {@link AttemptTimedOut} as the reason, when the attempt is overdue. */
  readonly signal: AbortSignal;
  /** Whether the record is this replica's at this moment. Ask at the last moment before an effect. */
  mayTakeEffect(): boolean;
}

/** The failed attempts at a record that is dead-lettered. Times are ms since the epoch. */
export interface Failures {
  /** The last one. */
  readonly error: unknown;
  readonly attempts: number;
  readonly firstAt: number;
  readonly lastAt: number;
}

/** What is done with records. The engine decides when, how often, and what may be committed. */
export interface RecordHandler<Reason extends string = string> {
  /** Processes a record; resolves when its effect is saved. */
  handle(record: ReceivedRecord, attempt: Attempt): Promise<void>;
  /**
   * What to do after attempt number `attempt` rejected with `error`.
   * @param othersSucceed the dependency looks unavailable because of this record itself, as others succeed
   */
  decide(
    error: unknown,
    record: ReceivedRecord,
    attempt: number,
    othersSucceed: boolean,
  ): Disposition<Reason>;
  /** Resolves when the record is confirmed to be in the dead-letter topic. Called again when it rejects. */
  deadLetter(record: ReceivedRecord, reason: Reason, failures: Failures): Promise<void>;
  /** What the engine's log lines about a record have besides its topic, partition and offset. */
  describe?(record: ReceivedRecord): LogFields;
}

/** The attempt took longer than it may. */
export class AttemptTimedOut extends Error {
  override readonly name = 'AttemptTimedOut';

  constructor(timeoutMs: number) {
    super(`the attempt took more than ${timeoutMs} ms`);
  }
}
