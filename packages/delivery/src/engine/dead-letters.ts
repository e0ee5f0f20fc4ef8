/** What failed: reading the bytes, the rules for what they say, the handler, or the handler within its time. */
export type FailureStage = 'decode' | 'validate' | 'handle' | 'timeout';

/** The place of the record that was dead-lettered: the identity of the dead letter. */
export interface Origin {
  readonly topic: string;
  readonly partition: number;
  /** 64-bit integer, as text. */
  readonly offset: string;
}

/** A record that was dead-lettered, as it was, and why. `Reason`: the handler's own words for that. */
export interface DeadLetter<Reason extends string = string> {
  readonly origin: Origin;
  readonly message: {
    readonly key: Uint8Array | null;
    readonly value: Uint8Array | null;
    readonly headers: Readonly<Record<string, Uint8Array>>;
  };
  /** When the record was sent or appended, as the topic is set. */
  readonly sentAt: Date;
  readonly consumerGroup: string;
  readonly replica: string;
  readonly attempts: number;
  readonly firstFailureAt: Date;
  readonly lastFailureAt: Date;
  readonly stage: FailureStage;
  readonly reason: Reason;
  readonly errorCode: string;
  /** One line without control characters, 512 characters at most. */
  readonly errorMessage: string;
  /** How often the message had been redriven before it was dead-lettered this time. */
  readonly redriveCount: number;
}

/** What all of it must match; an absent field matches everything. */
export interface DeadLetterFilter<Reason extends string = string> {
  readonly reason?: Reason | undefined;
  /** The key of the message, as text. */
  readonly key?: string | undefined;
  /** Dead-lettered before this time; one with a time in the future counts as dead-lettered when it was found. */
  readonly before?: Date | undefined;
  readonly origin?: Origin | undefined;
}

/** `message`: by partition and in the order of the messages. `newest`: the one that was dead-lettered last comes first. */
export type DeadLetterOrder = 'message' | 'newest';

/** How a dead letter ended. */
export type Resolution = 'redriven' | 'discarded';

/** What was unresolved when it was asked for. */
export interface FoundDeadLetters<Reason extends string = string> {
  /** How many match, whatever the limit. */
  readonly matched: number;
  /** The first of them, in the order asked for; read as they are asked for, some at a time. */
  readonly deadLetters: AsyncIterable<DeadLetter<Reason>>;
}

/**
 * Keeps dead letters for ever.
 *
 * - a dead letter's identity is its origin: one that was added twice is listed once, and never again soon after it was resolved
 * - nothing is ever removed; resolving a dead letter takes it out of the list
 * - memory grows with the number of unresolved ones only
 *
 * All methods reject with {@link DeadLettersUnavailable} within a deadline when they are unavailable.
 */
export interface DeadLetterStore<Reason extends string = string> {
  /** Resolves only when the dead letter is confirmed. Adding it again is safe. */
  add(deadLetter: DeadLetter<Reason>): Promise<void>;
  /** Those that are unresolved, the first `limit` of them in this order, or else in that of their messages. */
  list(
    filter: DeadLetterFilter<Reason>,
    limit?: number,
    order?: DeadLetterOrder,
  ): Promise<FoundDeadLetters<Reason>>;
  /**
   * Takes a dead letter out of the list. Of one that is not listed, or twice, it is harmless.
   * @param by who did so, kept where records are
   */
  resolve(origin: Origin, resolution: Resolution, by?: string): Promise<void>;
}

/** The dead letters are unavailable. Whether an `add` or `resolve` took effect is unknown; doing it again is safe. */
export class DeadLettersUnavailable extends Error {
  override readonly name = 'DeadLettersUnavailable';
}
