import type { Usage } from './chaos-history.js';

/** How something that processes use changes while they run. */
export interface Trend {
  readonly perMinute: number;
  /** The standard deviation of what the trend does not explain: a smaller one drowns in it. */
  readonly scatter: number;
}

const WARM_UP_MS = 60_000;

/**
 * The trend over all processes of a role, by least squares, each process with a level of its own and without its first
 * minute. `undefined` where none ran for longer.
 */
export function fitTrend(
  usage: readonly Usage[],
  role: string,
  amount: (sample: Usage) => number,
): Trend | undefined {
  const ofRole = usage.filter(({ process }) => process.startsWith(role));
  const points = [...new Set(ofRole.map(({ pid }) => pid))].flatMap((each) => {
    const samples = ofRole.filter(({ pid }) => pid === each);
    const warmAt = Math.min(...samples.map(({ at }) => at)) + WARM_UP_MS;
    const warm = samples.filter(({ at }) => at >= warmAt);
    const minutes = aroundMean(warm.map(({ at }) => at / 60_000));
    const amounts = aroundMean(warm.map(amount));
    return minutes.map((x, index) => ({ x, y: amounts[index] ?? 0 }));
  });
  const spread = sum(points.map(({ x }) => x * x));
  if (spread === 0) return undefined;
  const perMinute = sum(points.map(({ x, y }) => x * y)) / spread;
  const left = points.map(({ x, y }) => (y - perMinute * x) ** 2);
  return { perMinute, scatter: Math.sqrt(sum(left) / left.length) };
}

function aroundMean(values: readonly number[]): number[] {
  const mean = sum(values) / values.length;
  return values.map((value) => value - mean);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
