/** A promise, and what was measured of it. */
export interface Row {
  readonly promise: string;
  readonly needed: string;
  readonly measured: string;
  readonly passed: boolean;
}

/** Nothing of the kind may have happened. */
export function none(promise: string, count: number, of: string): Row {
  return { promise, needed: '0', measured: `${count} of ${of}`, passed: count === 0 };
}

export function within(promise: string, limitMs: number, measuredMs: number, why?: string): Row {
  return {
    promise,
    needed: `≤ ${seconds(limitMs)}${why === undefined ? '' : ` (${why})`}`,
    measured: Number.isFinite(measuredMs) ? seconds(measuredMs) : 'never',
    passed: measuredMs <= limitMs,
  };
}

export function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(2)} s`;
}
