import type { ErrorCode, Refusal } from '../../application/application-errors.js';
import { NotOurs } from '../../application/orders/delivery.js';
import type { DeadLetterReason, FailureStage } from '../../application/ports/dead-letters.js';
import { FulfilmentFailed, FulfilmentUnavailable } from '../../application/ports/fulfilment.js';
import { StoreUnavailable } from '../../application/ports/order-repository.js';
import { failureText } from '@order-service/delivery';
import { AttemptTimedOut, type Disposition } from '@order-service/delivery';

export interface RetryPolicy {
  /** The last of them that fails makes the record a dead letter. */
  readonly maxAttempts: number;
  /** Bound of the delay after the first failed attempt; it doubles with each further one. Half of it is random. */
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
  'ORDER.NOT_PROCESSED': 'invalid',
  'ORDER.INVALID_IDEMPOTENCY_KEY': 'invalid',
  'MESSAGE.UNDECODABLE': 'invalid',
  'MESSAGE.INVALID': 'invalid',
} as const satisfies Record<ErrorCode, DeadLetterReason>;

/** A `Retry-After` is honoured up to this. */
const MAX_ASKED_FOR_MS = 60 * 60 * 1_000;

/**
 * What becomes of a message after attempt number `attempt` at it failed with `error`. Delays have equal jitter.
 * @param random a number from 0 up to, but not including, 1
 * @param othersSucceed fulfilment is unavailable for this order alone
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function decideDisposition(
  error: unknown,
  attempt: number,
  policy: RetryPolicy,
  random: () => number,
  othersSucceed = false,
): Disposition {
  if (isRefusal(error)) return { kind: 'dead-letter', reason: REFUSALS[error.code], mayBeOutage: false };
  if (error instanceof NotOurs) return { kind: 'let-go' };
  if (error instanceof StoreUnavailable) return { kind: 'suspend' };
  const isOfFulfilment = error instanceof FulfilmentFailed || error instanceof FulfilmentUnavailable;
  const retryAfterMs = Math.min(isOfFulfilment ? error.retryAfterMs : 0, MAX_ASKED_FOR_MS);
  if (error instanceof FulfilmentUnavailable && !othersSucceed) return { kind: 'unavailable', retryAfterMs };
  const mayBeOutage =
    error instanceof FulfilmentFailed ? error.mayBeOutage : error instanceof AttemptTimedOut;
  const outage = { mayBeOutage, ...(retryAfterMs > 0 && { retryAfterMs }) };
  if (attempt >= policy.maxAttempts) return { kind: 'dead-letter', reason: 'exhausted', ...outage };
  const boundMs = Math.min(policy.initialMs * 2 ** (attempt - 1), policy.maxMs);
  const backOffMs = (boundMs + random() * boundMs) / 2;
  return { kind: 'retry', delayMs: Math.max(backOffMs, retryAfterMs), ...outage };
}

/** What the log and a dead letter say of a failure. `INTERNAL`: nobody foresaw it, its stack is needed. */
export function describeFailure(error: unknown): {
  readonly stage: FailureStage;
  readonly code: string;
  readonly message: string;
} {
  const message = failureText(error);
  if (error instanceof AttemptTimedOut) return { stage: 'timeout', code: 'ATTEMPT.TIMED_OUT', message };
  if (error instanceof FulfilmentFailed) return { stage: 'handle', code: 'FULFILMENT.FAILED', message };
  if (error instanceof FulfilmentUnavailable) {
    return { stage: 'handle', code: 'FULFILMENT.UNAVAILABLE', message };
  }
  if (!isRefusal(error)) return { stage: 'handle', code: 'INTERNAL', message };
  const stages: Partial<Record<ErrorCode, FailureStage>> = {
    'MESSAGE.UNDECODABLE': 'decode',
    'MESSAGE.INVALID': 'validate',
  };
  return { stage: stages[error.code] ?? 'handle', code: error.code, message };
}

function isRefusal(error: unknown): error is Refusal {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    Object.hasOwn(REFUSALS, error.code)
  );
}
