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
  const deadline = Date.now() + deadlineMs;
  let last = 'the probe never settled';
  let cause: unknown;
  do {
    try {
      const value = await withinDeadline(probe, deadline - Date.now());
      if (isTruthy(value)) return value;
      last = `the last value was ${inspect(value)}`;
      cause = undefined;
    } catch (error) {
      if (error instanceof ProbeTimedOut) break;
      last = `the last error was ${String(error)}`;
      cause = error;
    }
    await sleep(intervalMs);
  } while (Date.now() < deadline);
  throw new Error(`Waited ${deadlineMs} ms for: ${description}; ${last}`, { cause });
}

class ProbeTimedOut extends Error {}

async function withinDeadline<T>(probe: () => T | Promise<T>, leftMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new ProbeTimedOut()), Math.max(1, leftMs));
  });
  try {
    return await Promise.race([probe(), timeout]);
  } finally {
    clearTimeout(timer);
  }
}

function isTruthy<T>(value: T): value is Exclude<T, Falsy> {
  return Boolean(value);
}
