export interface BackOff {
  /** The delay after the first failed attempt; it doubles with each further one. */
  readonly initialMs: number;
  readonly maxMs: number;
}

/**
 * The delay after failed attempt number `attempt`, 1 being the first. With `random` it has equal jitter.
 * @param random a number from 0 up to, but not including, 1
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function backOffMs(attempt: number, { initialMs, maxMs }: BackOff, random?: () => number): number {
  const delayMs = Math.min(initialMs * 2 ** (attempt - 1), maxMs);
  return random === undefined ? delayMs : (delayMs + random() * delayMs) / 2;
}
