import type { ErrorCode, Refusal } from '../../application/application-errors.js';
import { FulfilmentFailed } from '../../application/ports/fulfilment.js';
import { StoreUnavailable } from '../../application/ports/order-repository.js';
import type { Disposition } from './delivery/partition-delivery.js';

export interface RetryPolicy {
  /** Delay after the first failed attempt; it doubles with each further one. */
  readonly initialMs: number;
  readonly maxMs: number;
}

/** A message that is refused can never be carried out, whatever the reason: the next delivery would be refused as well. */
const REFUSALS = {
  'ORDER.INVALID_ID': 'halt',
  'ORDER.INVALID_PRODUCT': 'halt',
  'ORDER.INVALID_QUANTITY': 'halt',
  'ORDER.CONFLICTING_CONTENT': 'halt',
  'ORDER.ILLEGAL_TRANSITION': 'halt',
  'ORDER.NOT_CARRIED_OUT': 'halt',
  'ORDER.INVALID_IDEMPOTENCY_KEY': 'halt',
  'MESSAGE.UNDECODABLE': 'halt',
  'MESSAGE.INVALID': 'halt',
} as const satisfies Record<ErrorCode, Disposition['kind']>;

/** A `Retry-After` is honoured up to this. */
const MAX_ASKED_FOR_MS = 60 * 60 * 1_000;

/** What becomes of a message after an attempt at it failed with `error`. */
export function dispositionOf(error: unknown, attempt: number, policy: RetryPolicy): Disposition {
  if (isRefusal(error)) return { kind: REFUSALS[error.code] };
  if (error instanceof StoreUnavailable) return { kind: 'suspend', delayMs: policy.initialMs };
  const backOffMs = Math.min(policy.initialMs * 2 ** (attempt - 1), policy.maxMs);
  const askedForMs = error instanceof FulfilmentFailed ? Math.min(error.retryAfterMs, MAX_ASKED_FOR_MS) : 0;
  return { kind: 'retry', delayMs: Math.max(backOffMs, askedForMs) };
}

function isRefusal(error: unknown): error is Refusal {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    Object.hasOwn(REFUSALS, error.code)
  );
}
