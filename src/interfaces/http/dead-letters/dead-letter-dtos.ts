import { isUtf8 } from 'node:buffer';
import type {
  DeadLetter,
  DeadLetterOrder,
  DeadLetterReason,
  FailureStage,
  Origin,
} from '../../../application/ports/dead-letters.js';

/** Bytes, as `text` when they are UTF-8, else as `base64`. */
export interface Content {
  text?: string;
  base64?: string;
  /**
   * How many bytes there are, shown or not.
   * @isInt
   */
  bytes: number;
}

/** A dead-lettered message, and why it is one. */
export interface DeadLetterView {
  /**
   * The partition and the offset of the message in its topic.
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
  /** The replica that dead-lettered it. */
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
   * How often the message was redriven before.
   * @isInt
   */
  redriveCount: number;
  /** The key of the message: the id of its order, unless the message is broken. Absent when it has none. */
  key?: Content;
  /** Absent when the message has none. */
  value?: Content;
  headers: Record<string, Content>;
}

/** The dead letters that are not resolved. Each `text` and `base64` shows the first 1024 bytes. */
export interface DeadLetterList {
  /** @maxItems 1000 */
  deadLetters: DeadLetterView[];
  /** Whether more match than these. */
  more: boolean;
}

/** Selects the dead letters that match all of these. */
export interface DeadLetterQuery {
  /** Why they are dead letters. */
  reason?: DeadLetterReason;
  /**
   * The key of the message.
   * @minLength 1 must not be empty
   * @maxLength 1024 must have at most 1024 characters
   */
  orderId?: string;
  /**
   * Dead-lettered longer ago than this.
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

/** Selects the dead letters to list. */
export interface DeadLetterListQuery extends DeadLetterQuery {
  /**
   * `message`: by partition and in the order of their messages, as they are redriven. `newest`: what failed last comes first.
   * @default "message"
   */
  sort?: DeadLetterOrder;
}

/** Selects the dead letters to redrive or discard: by a filter, or `all`. */
export interface DeadLetterSelection extends DeadLetterQuery {
  /**
   * The id of one dead letter.
   * @pattern ^\d{1,9}-\d{1,19}$ must be partition and offset, such as 3-1042
   * @maxLength 29 must be partition and offset, such as 3-1042
   */
  id?: string;
  /**
   * Dead-lettered before this time.
   * @format date-time
   * @maxLength 64 must be a time such as 2025-01-15T10:30:00Z
   * @isString must be a time such as 2025-01-15T10:30:00Z
   */
  before?: string;
  /** Needed when there is no filter. */
  all?: boolean;
  /** Only counts the dead letters that match. */
  dryRun?: boolean;
}

/** What was done. While `remaining` isn't 0, send the same again with this `before`, which leaves out later dead letters. */
export interface DeadLetterOutcome {
  /**
   * How many matched before anything was done.
   * @isInt
   */
  matched: number;
  /** @isInt */
  resolved: number;
  /** @isInt */
  remaining: number;
  /** Only dead letters from before this time match. */
  before: Date;
  /** A dead letter that was not redriven, and why: the first one whose publishing was not confirmed, or else one that is too large. It stays listed. */
  failure?: { id: string; detail: string };
}

const SHOWN_BYTES = 1_024;

/** `shownBytes`: how much of key, value and each header to show. */
export function deadLetterView(deadLetter: DeadLetter, shownBytes: number = SHOWN_BYTES): DeadLetterView {
  const { origin, message } = deadLetter;
  const content = (bytes: Uint8Array) => toContent(bytes, shownBytes);
  return {
    id: deadLetterId(origin),
    topic: origin.topic,
    partition: origin.partition,
    offset: origin.offset,
    sentAt: deadLetter.sentAt,
    consumerGroup: deadLetter.consumerGroup,
    replica: deadLetter.replica,
    attempts: deadLetter.attempts,
    firstFailureAt: deadLetter.firstFailureAt,
    lastFailureAt: deadLetter.lastFailureAt,
    stage: deadLetter.stage,
    reason: deadLetter.reason,
    errorCode: deadLetter.errorCode,
    errorMessage: deadLetter.errorMessage,
    redriveCount: deadLetter.redriveCount,
    ...(message.key !== null && { key: content(message.key) }),
    ...(message.value !== null && { value: content(message.value) }),
    headers: Object.fromEntries(
      Object.entries(message.headers).map(([name, value]) => [name, content(value)]),
    ),
  };
}

export function deadLetterId({ partition, offset }: Origin): string {
  return `${partition}-${offset}`;
}

function toContent(value: Uint8Array, shownBytes: number): Content {
  const bytes = value.byteLength;
  const shown = value.subarray(0, shownBytes);
  // `stream`: half a character at the end is left out
  if (isUtf8(value))
    return { text: new TextDecoder('utf-8', { ignoreBOM: true }).decode(shown, { stream: true }), bytes };
  return { base64: Buffer.from(shown).toString('base64'), bytes };
}
