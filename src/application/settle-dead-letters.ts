import { InFlight, type Settlement } from './in-flight.js';
import { keyOf } from './messages/order-submitted.js';
import type { DeadLetter, DeadLetterFilter, DeadLetters } from './ports/dead-letters.js';

export interface SettleDeadLettersCommand {
  readonly filter: DeadLetterFilter;
  /** How many at most. */
  readonly limit: number;
  /** Only counts what matches. */
  readonly dryRun?: boolean | undefined;
  /** Stands in the line that is logged for each. */
  readonly correlationId?: string | undefined;
  /** From then on nothing is begun. */
  readonly signal?: AbortSignal | undefined;
}

export interface SettledDeadLetters {
  /** Before anything was done. */
  readonly matched: number;
  readonly done: number;
}

const MAX_IN_FLIGHT = 500;

/**
 * Hands dead letters on concurrently, in their order and those of one key one after another, until `limit` of them are
 * done. What is in flight is finished in any case. @throws the first error of `settle`
 */
export async function settleDeadLetters(
  deadLetters: DeadLetters,
  { filter, limit, dryRun = false, signal }: SettleDeadLettersCommand,
  settle: (letter: DeadLetter) => Promise<Settlement>,
): Promise<SettledDeadLetters> {
  const { matched, letters } = await deadLetters.list(filter, dryRun ? 0 : undefined);
  const inFlight = new InFlight();
  const ended = (): boolean => inFlight.stopped || inFlight.done >= limit || signal?.aborted === true;
  try {
    for await (const letter of letters) {
      const key = keyOf(letter.message);
      while (inFlight.has(key)) await inFlight.change();
      if (ended()) break;
      inFlight.start(key, () => settle(letter));
      while (inFlight.count === MAX_IN_FLIGHT || inFlight.mayFill(limit)) await inFlight.change();
      if (ended()) break;
    }
  } finally {
    await inFlight.none();
  }
  return { matched, done: inFlight.done };
}
