import { isUtf8 } from 'node:buffer';
import type { DeadLetter, DeadLetterReason, FailureStage } from '../../../application/ports/dead-letters.js';

/** Bytes: as `text` when they are UTF-8, else as `base64`. */
export interface Content {
  text?: string;
  base64?: string;
  /**
   * How many there are, shown or not.
   * @isInt
   */
  bytes: number;
}

/** A message that was given up, and why. */
export interface DeadLetterView {
  /**
   * Its partition and offset in the topic that it came from.
   * @pattern ^\d+-\d+$
   */
  id: string;
  topic: string;
  /** @isInt */
  partition: number;
  /**
   * 64-bit integer, as text.
   * @pattern ^\d+$
   */
  offset: string;
  sentAt: Date;
  firstFailureAt: Date;
  lastFailureAt: Date;
  consumerGroup: string;
  /** The replica that gave it up. */
  replica: string;
  /** @isInt */
  attempts: number;
  /** What failed. */
  stage: FailureStage;
  /** `invalid`: it can't be read, or breaks a rule. `exhausted`: its last attempt failed. `conflicting`: its id was used for another order. */
  reason: DeadLetterReason;
  errorCode: string;
  errorMessage: string;
  /**
   * How often it had been sent back before it was given up this time.
   * @isInt
   */
  redriveCount: number;
  /** The id of the order, unless the message is broken. Absent when it has none. */
  key?: Content;
  /** Absent when the message has none. */
  value?: Content;
  headers: Record<string, Content>;
}

/** The dead letters that wait. Each `text` and `base64` shows the first 1024 bytes. */
export interface DeadLetterList {
  deadLetters: DeadLetterView[];
  /** Whether others match besides these. */
  more: boolean;
}

/** Which dead letters: those that match all of it. */
export interface DeadLetterQuery {
  /** Why they were given up. */
  reason?: DeadLetterReason;
  /**
   * The key of the message.
   * @minLength 1 must not be empty
   */
  orderId?: string;
  /**
   * Given up longer ago than this.
   * @isInt must be a whole number from 1 to 1000000000
   * @minimum 1 must be a whole number from 1 to 1000000000
   * @maximum 1000000000 must be a whole number from 1 to 1000000000
   */
  olderThanSeconds?: number;
  /**
   * How many at most.
   * @isInt must be a whole number from 1 to 1000
   * @minimum 1 must be a whole number from 1 to 1000
   * @maximum 1000 must be a whole number from 1 to 1000
   * @default 100
   */
  limit?: number;
}

/** Which dead letters to redrive or discard: a filter, or `all`. */
export interface DeadLetterSelection extends DeadLetterQuery {
  /**
   * One letter.
   * @pattern ^\d{1,9}-\d{1,19}$ must be partition and offset, such as 3-1042
   */
  id?: string;
  /**
   * Given up before this time.
   * @format date-time
   * @isString must be a time such as 2025-01-15T10:30:00Z
   */
  before?: string;
  /** Needed when there is no filter. */
  all?: boolean;
  /** Only counts what matches. */
  dryRun?: boolean;
}

/** What was done. Send the same with this `before` again while `remaining` isn't 0: what is given up meanwhile stays out. */
export interface DeadLetterOutcome {
  /**
   * Before anything was done.
   * @isInt
   */
  matched: number;
  /** @isInt */
  resolved: number;
  /** @isInt */
  remaining: number;
  /** Only what was given up before this time was looked at. */
  before: Date;
  /** The first letter that was not confirmed, or else one that is too large, and why. It stays listed. */
  failure?: { id: string; detail: string };
}

const SHOWN_BYTES = 1_024;

/** `shownBytes`: how much of key, value and each header to show. */
export function deadLetterView(letter: DeadLetter, shownBytes: number = SHOWN_BYTES): DeadLetterView {
  const { origin, message, ...why } = letter;
  const content = (bytes: Uint8Array) => contentOf(bytes, shownBytes);
  return {
    id: `${origin.partition}-${origin.offset}`,
    ...origin,
    ...why,
    ...(message.key === null ? {} : { key: content(message.key) }),
    ...(message.value === null ? {} : { value: content(message.value) }),
    headers: Object.fromEntries(
      Object.entries(message.headers).map(([name, value]) => [name, content(value)]),
    ),
  };
}

function contentOf(value: Uint8Array, shownBytes: number): Content {
  const bytes = value.byteLength;
  const shown = value.subarray(0, shownBytes);
  // `stream`: a character that is cut in two is left out
  if (isUtf8(value))
    return { text: new TextDecoder('utf-8', { ignoreBOM: true }).decode(shown, { stream: true }), bytes };
  return { base64: Buffer.from(shown).toString('base64'), bytes };
}
