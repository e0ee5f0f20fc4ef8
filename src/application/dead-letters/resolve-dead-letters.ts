import { InFlight, type Finish } from '../in-flight.js';
import { keyText } from '../messages/order-submitted.js';
import type { DeadLetter, DeadLetterFilter, DeadLetters } from '../ports/dead-letters.js';

export interface ResolveDeadLettersCommand {
  readonly filter: DeadLetterFilter;
  /** How many at most. */
  readonly limit: number;
  /** Only counts what matches. */
  readonly dryRun?: boolean | undefined;
  /** Who asks, where that is known. */
  readonly by?: string | undefined;
  /** Fields of the line that is logged for each: what finds the request in the log. */
  readonly requestIds?: Readonly<Record<string, string>> | undefined;
  /** Once aborted, nothing more is started. */
  readonly signal?: AbortSignal | undefined;
}

export interface ResolvedDeadLetters {
  /** Before anything was resolved. */
  readonly matched: number;
  readonly resolved: number;
}

const MAX_IN_FLIGHT = 500;

/**
 * Resolves dead letters concurrently, in their order and those of one key one after another, until `limit` of them are
 * resolved. What is in flight is finished in any case. @throws the first error of `resolve`
 */
export async function resolveDeadLetters(
  store: DeadLetters,
  { filter, limit, dryRun = false, signal }: ResolveDeadLettersCommand,
  resolve: (deadLetter: DeadLetter) => Promise<Finish>,
): Promise<ResolvedDeadLetters> {
  const { matched, deadLetters } = await store.list(filter, dryRun ? 0 : undefined);
  const inFlight = new InFlight();
  const ended = (): boolean => inFlight.stopped || inFlight.completed >= limit || signal?.aborted === true;
  try {
    for await (const deadLetter of deadLetters) {
      const key = keyText(deadLetter.message);
      while (inFlight.has(key)) await inFlight.change();
      if (ended()) break;
      inFlight.start(key, () => resolve(deadLetter));
      while (inFlight.count === MAX_IN_FLIGHT || inFlight.mayFill(limit)) await inFlight.change();
      if (ended()) break;
    }
  } finally {
    await inFlight.none();
  }
  return { matched, resolved: inFlight.completed };
}
