import type {
  DeadLetter,
  DeadLetterFilter,
  DeadLetters,
  Origin,
} from '../../src/application/ports/dead-letters.js';

export const ORIGIN: Origin = { topic: 'orders', partition: 2, offset: '17' };
export const NOW = new Date('2025-01-15T10:30:00.000Z');

const utf8 = new TextEncoder();

/**
 * The dead letter of the order `order-<offset>`, which failed for the last time an hour before {@link NOW}. A number is an
 * offset of the first partition of the service's own topic.
 */
export function aDeadLetter(
  at: Partial<Origin> | number = {},
  changes: Partial<DeadLetter> = {},
): DeadLetter {
  const origin =
    typeof at === 'number'
      ? { topic: 'app.order.publish', partition: 0, offset: String(at) }
      : { ...ORIGIN, ...at };
  const orderId = `order-${origin.offset}`;
  return {
    origin,
    message: {
      key: utf8.encode(orderId),
      value: utf8.encode(`{"orderId":"${orderId}"}`),
      headers: { ce_type: utf8.encode('app.order.submitted.v1') },
    },
    sentAt: new Date('2025-01-15T09:29:50.000Z'),
    consumerGroup: 'app-consumer-group',
    replica: 'replica-1',
    attempts: 5,
    firstFailureAt: new Date('2025-01-15T09:29:55.000Z'),
    lastFailureAt: new Date('2025-01-15T09:30:00.000Z'),
    stage: 'handle',
    reason: 'exhausted',
    errorCode: 'FULFILMENT.FAILED',
    errorMessage: 'fulfilment responded 500',
    redriveCount: 0,
    ...changes,
  };
}

/** The unresolved dead letters. */
export async function listed(deadLetters: DeadLetters, filter: DeadLetterFilter = {}): Promise<DeadLetter[]> {
  const found: DeadLetter[] = [];
  for await (const each of (await deadLetters.list(filter)).deadLetters) found.push(each);
  return found;
}

/** Their offsets. */
export async function waiting(deadLetters: DeadLetters, filter: DeadLetterFilter = {}): Promise<string[]> {
  return (await listed(deadLetters, filter)).map(({ origin }) => origin.offset);
}
