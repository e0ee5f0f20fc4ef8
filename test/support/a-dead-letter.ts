import type { DeadLetter, Origin } from '../../src/application/ports/dead-letters.js';

export const ORIGIN: Origin = { topic: 'orders', partition: 2, offset: '17' };

const utf8 = new TextEncoder();

/** A letter of the origin, as any message that failed too often; its key is `order-<offset>`. */
export function aDeadLetter(origin: Partial<Origin> = {}, changes: Partial<DeadLetter> = {}): DeadLetter {
  const of = { ...ORIGIN, ...origin };
  return {
    origin: of,
    message: {
      key: utf8.encode(`order-${of.offset}`),
      value: utf8.encode('{"product":"fail"}'),
      headers: { 'x-correlation-id': utf8.encode('c-1') },
    },
    sentAt: new Date('2026-03-01T10:00:00.000Z'),
    consumerGroup: 'app-consumer-group',
    replica: 'replica-1',
    attempts: 5,
    firstFailureAt: new Date('2026-03-01T10:00:01.002Z'),
    lastFailureAt: new Date('2026-03-01T10:00:31.003Z'),
    stage: 'handle',
    reason: 'exhausted',
    errorCode: 'FULFILMENT.FAILED',
    errorMessage: 'the fulfilment answered 500',
    redriveCount: 0,
    ...changes,
  };
}
