import type { DeadLetter, DeadLetterFilter } from './ports/dead-letters.js';

export interface SettleDeadLettersCommand {
  readonly filter: DeadLetterFilter;
  /** How many at most. */
  readonly limit: number;
  /** Only counts what matches. */
  readonly dryRun?: boolean | undefined;
  /** Stands in the line that is logged for each. */
  readonly correlationId?: string | undefined;
  /** Ends it between two letters. */
  readonly signal?: AbortSignal | undefined;
}

export interface SettledDeadLetters {
  /** Before anything was done. */
  readonly matched: number;
  readonly done: number;
}

/** Hands the letters on, one after another, until `limit` of them are done, and counts all. */
export async function settleDeadLetters(
  letters: AsyncIterable<DeadLetter>,
  { limit, dryRun = false, signal }: SettleDeadLettersCommand,
  settle: (letter: DeadLetter) => Promise<'done' | 'left'>,
): Promise<SettledDeadLetters> {
  let matched = 0;
  let done = 0;
  for await (const letter of letters) {
    if (signal?.aborted === true) break;
    matched += 1;
    if (!dryRun && done < limit && (await settle(letter)) === 'done') done += 1;
  }
  return { matched, done };
}
