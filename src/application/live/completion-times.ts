/** Four buckets an octave, from 1 ms on: a percentile is at most 19 % too high. The last one has all above some three days. */
const BUCKETS_AN_OCTAVE = 4;
export const BUCKETS = 113;

/** Which bucket counts an order that took `ms`. */
export function bucketAt(ms: number): number {
  if (!(ms > 1)) return 0;
  return Math.min(BUCKETS - 1, Math.ceil(BUCKETS_AN_OCTAVE * Math.log2(ms)));
}

/** The upper bound, in ms, of the bucket that has the order at `share` of all, from the fastest on; `null` without orders. */
export function percentile(counts: readonly number[], share: number): number | null {
  const all = counts.reduce((sum, count) => sum + count, 0);
  if (all === 0) return null;
  const rank = Math.max(1, Math.ceil(share * all));
  let below = 0;
  const bucket = counts.findIndex((count) => (below += count) >= rank);
  return Math.round(2 ** (bucket / BUCKETS_AN_OCTAVE));
}
