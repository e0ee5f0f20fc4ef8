import { setTimeout as delay } from 'node:timers/promises';

export interface RetrySettings {
  /** How long to wait after the attempt of this number, from 1 on. */
  readonly delayMs: (attempt: number) => number;
  /** Whether another attempt may help after this error. Every error by default. */
  readonly isWorthIt?: (error: unknown, attempt: number) => boolean;
  /** No attempt begins later than this after the first one. */
  readonly deadlineMs?: number;
}

/** The result of the first attempt that succeeds; rejects with the error of the last one. */
export async function retry<T>(
  work: () => Promise<T>,
  { delayMs, isWorthIt = () => true, deadlineMs = Infinity }: RetrySettings,
): Promise<T> {
  const startedAt = performance.now();
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      const waitMs = delayMs(attempt);
      const elapsedMs = performance.now() - startedAt;
      if (!isWorthIt(error, attempt) || elapsedMs + waitMs > deadlineMs) throw error;
      await delay(waitMs);
    }
  }
}
