import type { DeadLetter, DeadLetterFilter, DeadLetterOrder, DeadLetters } from '../ports/dead-letters.js';

export interface ListDeadLettersQuery<T> {
  readonly filter: DeadLetterFilter;
  /** How many at most. */
  readonly limit: number;
  readonly order?: DeadLetterOrder | undefined;
  /** What to keep of each: its bytes need not stay in memory. */
  readonly show: (deadLetter: DeadLetter) => T;
}

export interface ListedDeadLetters<T> {
  readonly deadLetters: readonly T[];
  /** Whether there are others after these. */
  readonly more: boolean;
}

/** Shows the dead-lettered messages that wait for an operator. */
export class ListDeadLetters {
  constructor(private readonly deadLetters: DeadLetters) {}

  /** @throws DeadLettersUnavailable */
  async execute<T>({ filter, limit, order, show }: ListDeadLettersQuery<T>): Promise<ListedDeadLetters<T>> {
    const found = await this.deadLetters.list(filter, limit, order);
    const deadLetters: T[] = [];
    for await (const each of found.deadLetters) deadLetters.push(show(each));
    return { deadLetters, more: found.matched > limit };
  }
}
