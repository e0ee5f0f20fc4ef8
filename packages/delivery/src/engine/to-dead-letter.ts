import type { DeadLetter } from './dead-letters.js';
import { failureText } from './failure-text.js';
import { AttemptTimedOut, type Failures } from './record-handler.js';
import type { ReceivedRecord } from './record-source.js';

/**
 * The dead letter of a record, for a handler's `deadLetter`.
 * @param details which consumer it was, and what the handler knows better than its error says
 */
export function toDeadLetter<Reason extends string>(
  { topic, partition, offset, timestamp, key, value, headers }: ReceivedRecord,
  reason: Reason,
  { error, attempts, firstAt, lastAt }: Failures,
  details: Pick<DeadLetter, 'consumerGroup' | 'replica'> & Partial<DeadLetter<Reason>>,
): DeadLetter<Reason> {
  return {
    origin: { topic, partition, offset: String(offset) },
    message: { key, value, headers },
    sentAt: new Date(timestamp),
    attempts,
    firstFailureAt: new Date(firstAt),
    lastFailureAt: new Date(lastAt),
    stage: error instanceof AttemptTimedOut ? 'timeout' : 'handle',
    reason,
    errorCode: error instanceof Error ? error.name : 'Error',
    errorMessage: failureText(error),
    redriveCount: 0,
    ...details,
  };
}
