import { AttemptTimedOut, backOffMs, failureText, type Disposition } from '@order-service/delivery';
import type { MessageErrorCode } from '../../application/application-errors.js';
import { NotOurs } from '../../application/orders/delivery.js';
import type { DeadLetterReason, FailureStage } from '../../application/ports/dead-letters.js';
import { FulfilmentFailed, FulfilmentUnavailable } from '../../application/ports/fulfilment.js';
import { StoreUnavailable } from '../../application/ports/order-repository.js';

export interface RetryPolicy {
  /** When the last of them fails, the record is dead-lettered. */
  readonly maxAttempts: number;
  /** Bound of the delay after the first failed attempt; it doubles with each further one. Half of it is random. */
  readonly initialMs: number;
  readonly maxMs: number;
}

interface Invalidity {
  readonly reason: DeadLetterReason;
  readonly stage: FailureStage;
}

/** A message with such an error can never be processed: each attempt would fail in the same way. */
const INVALID = {
  'MESSAGE.UNDECODABLE': { reason: 'invalid', stage: 'decode' },
  'MESSAGE.INVALID': { reason: 'invalid', stage: 'validate' },
  'ORDER.CONFLICTING_CONTENT': { reason: 'conflicting', stage: 'handle' },
} as const satisfies Record<MessageErrorCode, Invalidity>;

/** A `Retry-After` is honoured up to this. */
const MAX_RETRY_AFTER_MS = 60 * 60 * 1_000;

/**
 * What becomes of a message after attempt number `attempt` at it failed with `error`. Delays have equal jitter.
 * @param random a number from 0 up to, but not including, 1
 * @param othersSucceed fulfilment is unavailable for this order alone
 */
export function decideDisposition(
  error: unknown,
  attempt: number,
  policy: RetryPolicy,
  random: () => number,
  othersSucceed = false,
): Disposition<DeadLetterReason> {
  const invalid = findInvalidity(error);
  if (invalid) return { kind: 'dead-letter', reason: invalid.reason, mayBeOutage: false };
  if (error instanceof NotOurs) return { kind: 'let-go' };
  if (error instanceof StoreUnavailable) return { kind: 'suspend' };
  const isFromFulfilment = error instanceof FulfilmentFailed || error instanceof FulfilmentUnavailable;
  const retryAfterMs = Math.min(isFromFulfilment ? error.retryAfterMs : 0, MAX_RETRY_AFTER_MS);
  if (error instanceof FulfilmentUnavailable && !othersSucceed) return { kind: 'unavailable', retryAfterMs };
  const mayBeOutage =
    error instanceof FulfilmentFailed ? error.mayBeOutage : error instanceof AttemptTimedOut;
  const outage = { mayBeOutage, ...(retryAfterMs > 0 && { retryAfterMs }) };
  if (attempt >= policy.maxAttempts) return { kind: 'dead-letter', reason: 'exhausted', ...outage };
  const delayMs = Math.max(backOffMs(attempt, policy, random), retryAfterMs);
  return { kind: 'retry', delayMs, ...outage };
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
  const invalid = findInvalidity(error);
  if (invalid) return { stage: invalid.stage, code: invalid.code, message };
  return { stage: 'handle', code: 'INTERNAL', message };
}

function findInvalidity(error: unknown): (Invalidity & { readonly code: string }) | undefined {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return Object.hasOwn(INVALID, code) ? { code, ...INVALID[code as MessageErrorCode] } : undefined;
}
