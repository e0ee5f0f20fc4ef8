/**
 * Why a message was dead-lettered. `invalid`: it can't be read, or breaks a rule. `exhausted`: its last attempt failed.
 * `conflicting`: its id was used for another order.
 */
export type DeadLetterReason = (typeof DEAD_LETTER_REASONS)[number];
export const DEAD_LETTER_REASONS = ['invalid', 'exhausted', 'conflicting'] as const;

/** What failed: reading the bytes, the rules of the order, processing it, or processing it in time. */
export type FailureStage = 'decode' | 'validate' | 'handle' | 'timeout';

/** Where the dead-lettered message was: the identity of the dead letter. */
export interface Origin {
  readonly topic: string;
  readonly partition: number;
  /** 64-bit integer, as text. */
  readonly offset: string;
}

/** A dead-lettered message, as it was, and why. */
export interface DeadLetter {
  readonly origin: Origin;
  readonly message: {
    readonly key: Uint8Array | null;
    readonly value: Uint8Array | null;
    readonly headers: Readonly<Record<string, Uint8Array>>;
  };
  /** When the message was published. */
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
  /** How often the message had been redriven before it was dead-lettered this time. */
  readonly redriveCount: number;
}

/** What all of it must match; an absent field matches everything. */
export interface DeadLetterFilter {
  readonly reason?: DeadLetterReason | undefined;
  /** The key of the message, as text. */
  readonly orderId?: string | undefined;
  /** Dead-lettered before this time. */
  readonly before?: Date | undefined;
  readonly origin?: Origin | undefined;
}

/** `message`: by partition and in the order of the messages. `newest`: the one that was dead-lettered last comes first. */
export type DeadLetterOrder = 'message' | 'newest';

export type Resolution = 'redriven' | 'discarded';

/** What was listed when it was asked for. */
export interface FoundDeadLetters {
  /** How many match, whatever the limit. */
  readonly matched: number;
  /** The first of them, in the order asked for; read while one iterates, some at a time. */
  readonly deadLetters: AsyncIterable<DeadLetter>;
}

/**
 * Keeps dead-lettered messages, without an end.
 *
 * - their identity is the origin: one that was added twice is listed once, and not again soon after it was resolved
 * - nothing is ever removed; what is resolved is no longer listed
 * - memory grows with the number of unresolved ones only
 *
 * All methods, and iterating, reject with {@link DeadLettersUnavailable} when they can't be reached, within a deadline.
 */
export interface DeadLetters {
  /** Returns only when the dead letter is kept. Adding it again is safe. */
  add(deadLetter: DeadLetter): Promise<void>;
  /** The unresolved ones, the first `limit` of them in this order, or else in that of their messages. */
  list(filter: DeadLetterFilter, limit?: number, order?: DeadLetterOrder): Promise<FoundDeadLetters>;
  /** Takes one out of the list, and keeps who did so. For one that is not listed, and twice, it is harmless. */
  resolve(origin: Origin, resolution: Resolution, by?: string): Promise<void>;
}

/** The dead letters can't be reached. Whether `add` or `resolve` took effect is unknown; doing it again is safe. */
export class DeadLettersUnavailable extends Error {
  override readonly name = 'DeadLettersUnavailable';
}
