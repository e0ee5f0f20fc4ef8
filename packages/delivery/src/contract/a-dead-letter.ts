import type { DeadLetter, Origin } from '../engine/dead-letters.js';

export const REASONS = ['invalid', 'exhausted', 'conflicting'] as const;
export type Reason = (typeof REASONS)[number];

export const ORIGIN: Origin = { topic: 'parcels', partition: 2, offset: '17' };

const utf8 = new TextEncoder();

/** A dead letter of the key `key-<offset>`. */
export function aDeadLetter(
  of: Partial<Origin> = {},
  changes: Partial<DeadLetter<Reason>> = {},
): DeadLetter<Reason> {
  const origin = { ...ORIGIN, ...of };
  const key = `key-${origin.offset}`;
  return {
    origin,
    message: {
      key: utf8.encode(key),
      value: utf8.encode(`value of ${key}`),
      headers: { type: utf8.encode('parcel') },
    },
    sentAt: new Date('2025-01-15T09:29:50.000Z'),
    consumerGroup: 'a-group',
    replica: 'replica-1',
    attempts: 5,
    firstFailureAt: new Date('2025-01-15T09:29:55.000Z'),
    lastFailureAt: new Date('2025-01-15T09:30:00.000Z'),
    stage: 'handle',
    reason: 'exhausted',
    errorCode: 'HANDLER.FAILED',
    errorMessage: 'the handler failed',
    redriveCount: 0,
    ...changes,
  };
}
