/** Why a message was given up. `invalid`: it can't be read, or breaks a rule; `exhausted`: its last attempt failed. */
export type DeadLetterReason = (typeof DEAD_LETTER_REASONS)[number];
export const DEAD_LETTER_REASONS = ['invalid', 'exhausted', 'conflicting'] as const;

/** What failed: reading the bytes, the rules of the order, carrying it out, or that within its time. */
export type FailureStage = 'decode' | 'validate' | 'handle' | 'timeout';

/** Where the message lay when it was given up: the identity of its letter. */
export interface Origin {
  readonly topic: string;
  readonly partition: number;
  /** 64-bit integer, as text. */
  readonly offset: string;
}

/** A message that was given up, as it was, and why. */
export interface DeadLetter {
  readonly origin: Origin;
  readonly message: {
    readonly key: Uint8Array | null;
    readonly value: Uint8Array | null;
    readonly headers: Readonly<Record<string, Uint8Array>>;
  };
  /** When the log took the message in. */
  readonly sentAt: Date;
  readonly consumerGroup: string;
  readonly replica: string;
  readonly attempts: number;
  readonly firstFailureAt: Date;
  readonly lastFailureAt: Date;
  readonly stage: FailureStage;
  readonly reason: DeadLetterReason;
  readonly errorCode: string;
  /** One line without control characters, 512 characters at most. */
  readonly errorMessage: string;
  /** How often the message had been sent back before it was given up this time. */
  readonly redriveCount: number;
}

/** What all of it must match; an absent field matches everything. */
export interface DeadLetterFilter {
  readonly reason?: DeadLetterReason | undefined;
  /** The key of the message, as text. */
  readonly orderId?: string | undefined;
  /** Given up before this time. */
  readonly before?: Date | undefined;
  readonly origin?: Origin | undefined;
}

export type Resolution = 'redriven' | 'discarded';

/** What was there when it was asked for. */
export interface FoundDeadLetters {
  /** How many match, whatever the limit. */
  readonly matched: number;
  /** The first of them, by partition and in the order of their origins; read as they are asked for, some at a time. */
  readonly deadLetters: AsyncIterable<DeadLetter>;
}

/**
 * Keeps the messages that were given up, without an end.
 *
 * - a letter's identity is its origin: one that was added twice is listed once, and never again soon after its mark
 * - nothing is ever removed; a mark takes a letter out of the list
 * - memory grows with the number of unresolved ones only
 *
 * All methods reject with {@link DeadLettersUnavailable} when they can't be reached, within a deadline.
 */
export interface DeadLetters {
  /** Resolves only when the letter is kept. Adding it again is safe. */
  add(letter: DeadLetter): Promise<void>;
  /** Those without a mark, the first `limit` of them; see {@link FoundDeadLetters}. */
  list(filter: DeadLetterFilter, limit?: number): Promise<FoundDeadLetters>;
  /** Takes a letter out of the list. Of a letter that isn't there, or twice, it is harmless. */
  resolve(origin: Origin, mark: Resolution): Promise<void>;
}

/** The dead letters can't be reached. Whether an `add` or `mark` took effect is unknown; doing it again is safe. */
export class DeadLettersUnavailable extends Error {
  override readonly name = 'DeadLettersUnavailable';
}
