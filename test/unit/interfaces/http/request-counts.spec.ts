import { beforeEach, describe, expect, it } from '@jest/globals';
import { RequestCounts } from '../../../../src/interfaces/http/limits/request-counts.js';

const WINDOW_MS = 10_000;
let now: number;
let counts: RequestCounts;
beforeEach(() => {
  now = 5_000;
  counts = new RequestCounts(WINDOW_MS, () => now);
});

const hits = (key: string) => counts.increment(key).totalHits;
const countAddresses = (from: number, to: number) => {
  for (let n = from; n < to; n++) counts.increment(`address ${n}`);
};

describe('the counts of requests', () => {
  it('are of each key in its window, which begins with its first request', () => {
    expect([hits('a'), hits('a'), hits('b')]).toEqual([1, 2, 1]);
    now += WINDOW_MS - 1;
    expect(hits('a')).toBe(3);
    now += 1;
    expect(hits('a')).toBe(1);
  });

  it('say when the window ends, whatever the clock of the system was set to meanwhile', () => {
    counts.increment('a');
    now += 4_000;
    const leftMs = (counts.increment('a').resetTime?.getTime() ?? 0) - Date.now();

    expect(leftMs).toBeGreaterThan(5_500);
    expect(leftMs).toBeLessThanOrEqual(6_000);
  });

  it('are at most 100,000, however many addresses there are: then the older ones are forgotten', () => {
    countAddresses(0, 1_000_000);

    expect(counts.size).toBeLessThanOrEqual(100_000);
    expect([hits('address 999999'), hits('address 950000'), hits('address 0')]).toEqual([2, 2, 1]);
  });

  it('are of at least the last 50,000', () => {
    for (let n = 0; n < 3; n++) countAddresses(0, 50_000);

    expect([hits('address 0'), hits('address 49999')]).toEqual([4, 4]);
  });

  it('are forgotten when their window has ended, and the next as well', () => {
    countAddresses(0, 40_000);
    now += WINDOW_MS;
    counts.increment('a');
    now += WINDOW_MS;
    counts.increment('a');

    expect(counts.size).toBe(2);
  });
});
