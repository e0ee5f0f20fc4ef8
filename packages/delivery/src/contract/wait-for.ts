import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';

type Falsy = undefined | null | false | 0 | '';

export interface WaitForOptions {
  readonly deadlineMs?: number;
  readonly intervalMs?: number;
}

/**
 * Asks the probe again and again and resolves with its first truthy value. A probe that throws counts as "not yet".
 * After `deadlineMs` it throws an error with the description and the last value, or the last error as its cause.
 */
export async function waitFor<T>(
  description: string,
  probe: () => T | Promise<T>,
  { deadlineMs = 15_000, intervalMs = 20 }: WaitForOptions = {},
): Promise<Exclude<T, Falsy>> {
  let last = 'the probe never settled';
  let cause: unknown;
  const end = new AbortController();
  async function poll(): Promise<Exclude<T, Falsy> | undefined> {
    while (!end.signal.aborted) {
      try {
        const value = await probe();
        if (value) return value as Exclude<T, Falsy>;
        last = `the last value was ${inspect(value)}`;
        cause = undefined;
      } catch (error) {
        last = `the last error was ${String(error)}`;
        cause = error;
      }
      await sleep(intervalMs);
    }
    return undefined;
  }
  const found = await Promise.race([poll(), sleep(deadlineMs, undefined, { signal: end.signal })]);
  end.abort();
  if (found === undefined) {
    throw new Error(`Waited ${deadlineMs} ms for: ${description}; ${last}`, { cause });
  }
  return found;
}
