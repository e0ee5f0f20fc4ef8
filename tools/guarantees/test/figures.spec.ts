import { describe, expect, it } from '@jest/globals';
import { lastToGoOn, latencies, longestSilence, percentile } from '../figures.js';
import type { StoredEffect } from '../../../test/support/state-inspector.js';

const effect = (partition: number, at: number): StoredEffect => ({
  orderId: `order-${partition}-${at}`,
  content: 'tea',
  status: 'processed',
  replica: 'replica-1',
  partition,
  offset: at,
  attempt: 1,
  at,
});

describe('the longest silence of a partition', () => {
  const effects = [effect(0, 100), effect(0, 400), effect(1, 250), effect(0, 900)];

  it('is the longest time between two of its effects', () => {
    expect(longestSilence(effects, 0, { from: 0, to: 1_000 })).toBe(500);
  });

  it('counts from the begin of the span, and to its end', () => {
    expect(longestSilence(effects, 0, { from: 500, to: 700 })).toBe(200);
    expect(longestSilence(effects, 1, { from: 0, to: 1_000 })).toBe(750);
  });
});

describe('the last partition to go on', () => {
  it('is the one whose first effect after the moment is the latest', () => {
    const effects = [0, 1, 2, 3, 4].flatMap((partition) => [
      effect(partition, 90),
      effect(partition, 110 + partition),
      effect(partition, 200),
    ]);
    expect(lastToGoOn(effects, 100)).toBe(14);
  });

  it('never came when one of them stays silent', () => {
    expect(lastToGoOn([effect(0, 110)], 100)).toBe(Infinity);
  });
});

describe('latencies', () => {
  it('are of the orders that were sent within the spans', () => {
    const sent = (orderId: string, sentAt: number) => ({ orderId, sentAt, answer: 'success' as const });
    const orders = [sent('order-0-50', 10), sent('order-0-60', 20), sent('order-0-70', 30)];
    const effects = [effect(0, 50), effect(0, 60), effect(0, 70)];
    const spans = [
      { from: 10, to: 20 },
      { from: 30, to: 40 },
    ];
    expect(latencies(orders, effects, spans)).toEqual([40, 40]);
  });

  it('have a percentile that the share of them does not exceed', () => {
    const values = Array.from({ length: 200 }, (_, index) => 200 - index);
    expect(percentile(values, 0.99)).toBe(198);
  });
});
