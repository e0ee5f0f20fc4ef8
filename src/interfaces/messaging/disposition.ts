import type { ErrorCode, Refusal } from '../../application/application-errors.js';
import { NotOurs } from '../../application/delivery.js';
import type { DeadLetterReason, FailureStage } from '../../application/ports/dead-letters.js';
import { FulfilmentFailed } from '../../application/ports/fulfilment.js';
import { StoreUnavailable } from '../../application/ports/order-repository.js';
import { AttemptTimedOut, type Disposition } from './delivery/record-handler.js';

export interface RetryPolicy {
  /** The last of them that fails makes the record a dead letter. */
  readonly maxAttempts: number;
  /** Bound of the delay after the first failed attempt; it doubles with each further one. */
  readonly initialMs: number;
  readonly maxMs: number;
}

/** A message that is refused can never be carried out: the next delivery would be refused as well. */
const REFUSALS = {
  'ORDER.INVALID_ID': 'invalid',
  'ORDER.INVALID_PRODUCT': 'invalid',
  'ORDER.INVALID_QUANTITY': 'invalid',
  'ORDER.CONFLICTING_CONTENT': 'conflicting',
  'ORDER.ILLEGAL_TRANSITION': 'invalid',
  'ORDER.NOT_CARRIED_OUT': 'invalid',
  'ORDER.INVALID_IDEMPOTENCY_KEY': 'invalid',
  'MESSAGE.UNDECODABLE': 'invalid',
  'MESSAGE.INVALID': 'invalid',
} as const satisfies Record<ErrorCode, DeadLetterReason>;

/** A `Retry-After` is honoured up to this. */
const MAX_ASKED_FOR_MS = 60 * 60 * 1_000;

/**
 * What becomes of a message after attempt number `attempt` at it failed with `error`. Delays have full jitter.
 * @param random a number from 0 up to, but not including, 1
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function dispositionOf(
  error: unknown,
  attempt: number,
  policy: RetryPolicy,
  random: () => number,
): Disposition {
  if (isRefusal(error)) return { kind: 'dead-letter', reason: REFUSALS[error.code], mayBeOutage: false };
  if (error instanceof NotOurs) return { kind: 'let-go' };
  if (error instanceof StoreUnavailable) return { kind: 'suspend' };
  const fulfilment = error instanceof FulfilmentFailed ? error : undefined;
  const mayBeOutage = fulfilment?.mayBeOutage ?? error instanceof AttemptTimedOut;
  if (attempt >= policy.maxAttempts) return { kind: 'dead-letter', reason: 'exhausted', mayBeOutage };
  const backOffMs = random() * Math.min(policy.initialMs * 2 ** (attempt - 1), policy.maxMs);
  const askedForMs = Math.min(fulfilment?.retryAfterMs ?? 0, MAX_ASKED_FOR_MS);
  return { kind: 'retry', delayMs: Math.max(backOffMs, askedForMs), mayBeOutage };
}

/** What the log and a dead letter say of a failure. `INTERNAL`: nobody foresaw it, its stack is needed. */
export function describeFailure(error: unknown): {
  readonly stage: FailureStage;
  readonly code: string;
  readonly message: string;
} {
  const message = messageOf(error);
  if (error instanceof AttemptTimedOut) return { stage: 'timeout', code: 'ATTEMPT.TIMED_OUT', message };
  if (error instanceof FulfilmentFailed) return { stage: 'handle', code: 'FULFILMENT.FAILED', message };
  if (!isRefusal(error)) return { stage: 'handle', code: 'INTERNAL', message };
  const stages: Partial<Record<ErrorCode, FailureStage>> = {
    'MESSAGE.UNDECODABLE': 'decode',
    'MESSAGE.INVALID': 'validate',
  };
  return { stage: stages[error.code] ?? 'handle', code: error.code, message };
}

/** With those of its causes, as the last one often says most. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${messageOf(error.cause)}`;
}

function isRefusal(error: unknown): error is Refusal {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    Object.hasOwn(REFUSALS, error.code)
  );
}
