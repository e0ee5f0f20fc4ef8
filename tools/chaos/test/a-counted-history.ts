import type { ChaosHistory, CountedLife } from '../chaos-history.js';
import type { Counts, LoggedCounts } from '../counts.js';
import { findMiscounted } from '../counted.js';
import { aHistory } from './a-history.js';

export const record = (offset: number, orderId: string, content: string, redriveCount?: number) => ({
  ...{ partition: 0, offset, at: 10_000 + offset * 1_000, order: { orderId, content }, poison: false },
  ...(redriveCount !== undefined && { redriveCount }),
});
export const effect = (
  offset: number,
  orderId: string,
  content: string,
  status: 'processed' | 'rejected',
) => ({
  ...{ at: 10_500 + offset * 1_000, orderId, content, status },
  ...{ replica: 'consumer-1', partition: 0, offset, attempt: 1 },
});
const letter = (offset: number, reason: string, attempts: number) => ({
  ...{ partition: 0, offset, at: 10_500 + offset * 1_000, reason, attempts },
});
const operation = { at: 50_000, answer: 'success', resolved: 1, atMost: 1 } as const;

/** Two orders, one of them twice, poison of a stranger, and an order that failed until it was redriven. */
export const found: Partial<ChaosHistory> = {
  log: [
    record(0, 'a', 'tea'),
    record(1, 'a', 'tea'),
    record(2, 'b', 'reject'),
    { partition: 0, offset: 3, at: 13_000, poison: true, isForeign: true },
    record(4, 'c', 'fail-until-repaired'),
    record(5, 'c', 'fail-until-repaired', 1),
  ],
  answers: Array.from({ length: 3 }, () => ({ sentAt: 10_000, answer: 'success' })),
  imports: [{ lines: 1, accepted: 1, resumes: 0 }],
  effects: [
    effect(0, 'a', 'tea', 'processed'),
    effect(2, 'b', 'reject', 'rejected'),
    effect(5, 'c', 'fail-until-repaired', 'processed'),
  ],
  letters: [letter(3, 'invalid', 1), letter(4, 'exhausted', 5)],
  resolutions: { redriven: 1, discarded: 1 },
  operations: [
    { ...operation, action: 'redrive', orderId: 'c' },
    { ...operation, action: 'discard' },
  ],
  handled: [0, 1, 2, 3, 4, 5].map((offset) => ({
    ...{ partition: 0, offset, times: 1 },
    tookEffect: [0, 2].includes(offset),
  })),
  listed: 0,
};

export const ofApi = { redriven: 1, discarded: 1 };
export const ofConsumer = { processed: 2, rejected: 1, alreadyProcessed: 1, deadLettered: 2, retries: 4 };
export const api: CountedLife = {
  ...{ process: 'api', pid: 1, askedAt: 110_000 },
  counts: { ...ofApi, accepted: 4, unknownOutcomes: 0, queued: 0, lag: 0, unresolved: 0 },
  ...{ loggedBefore: ofApi, logged: ofApi },
};
export const consumer: CountedLife = {
  ...{ process: 'consumer-1', pid: 2, askedAt: 110_000 },
  counts: { ...ofConsumer, invalid: 1, exhausted: 1, conflicting: 0, pending: 0 },
  ...{ loggedBefore: ofConsumer, logged: ofConsumer },
};

export const textsOf = (counted: readonly CountedLife[], changes: Partial<ChaosHistory> = {}) =>
  findMiscounted(aHistory({ ...found, counted, ...changes })).map(({ rule, text }) => `${rule}: ${text}`);
export const counting = (life: CountedLife, counts: Counts): CountedLife => ({
  ...life,
  counts: { ...life.counts, ...counts },
});
/** As if it had happened, to the log. */
export const logging = (life: CountedLife, counts: LoggedCounts): CountedLife => ({
  ...counting(life, counts),
  loggedBefore: { ...life.loggedBefore, ...counts },
  logged: { ...life.logged, ...counts },
});
