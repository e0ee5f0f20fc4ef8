import type { DeadLetter, DeadLetterFilter, DeadLetters } from '../../src/application/ports/dead-letters.js';

const utf8 = new TextEncoder();

/** A letter for a test, of the order `order-<offset>` that failed for the last time an hour before {@link NOW}. */
export function aDeadLetter(
  offset: number | string,
  { key = `order-${offset}`, ...values }: Partial<DeadLetter> & { readonly key?: string } = {},
): DeadLetter {
  return {
    origin: { topic: 'app.order.publish', partition: 0, offset: String(offset) },
    message: {
      key: utf8.encode(key),
      value: utf8.encode(`{"orderId":"${key}"}`),
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
    errorCode: 'FulfilmentFailed',
    errorMessage: 'the fulfilment answered 500',
    redriveCount: 0,
    ...values,
  };
}

export const NOW = new Date('2025-01-15T10:30:00.000Z');

/** The offsets of the letters that wait. */
export async function waiting(deadLetters: DeadLetters, filter: DeadLetterFilter = {}): Promise<string[]> {
  const offsets: string[] = [];
  for await (const { origin } of deadLetters.list(filter)) offsets.push(origin.offset);
  return offsets;
}
