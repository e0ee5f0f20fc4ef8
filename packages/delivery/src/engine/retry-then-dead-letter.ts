import { backOffMs, type BackOff } from './back-off.js';
import type { Disposition } from './record-handler.js';
import type { ReceivedRecord } from './record-source.js';

export interface RetryPolicy extends BackOff {
  /** A record that has failed this often is dead-lettered. */
  readonly maxAttempts: number;
}

/**
 * A ready-made `decide` of a handler: retries with back-off and equal jitter, then dead-letters as `exhausted`. Any failure
 * may be an outage: while records of many keys fail and none succeeds, they wait and no attempt is counted.
 */
export function retryThenDeadLetter(
  { maxAttempts, ...backOff }: RetryPolicy,
  random: () => number = Math.random,
): (error: unknown, record: ReceivedRecord, attempt: number) => Disposition<'exhausted'> {
  return (_error, _record, attempt) =>
    attempt < maxAttempts
      ? { kind: 'retry', delayMs: backOffMs(attempt, backOff, random), mayBeOutage: true }
      : { kind: 'dead-letter', reason: 'exhausted', mayBeOutage: true };
}
