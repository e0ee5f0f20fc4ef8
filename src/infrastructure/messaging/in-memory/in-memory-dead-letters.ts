import {
  DeadLettersUnavailable,
  type DeadLetter,
  type DeadLetterFilter,
  type DeadLetters,
  type Origin,
} from '../../../application/ports/dead-letters.js';
import { byOrigin, copyOf, identityOf, matches } from '../dead-letter.js';

/** Keeps letters in this process. With `capacity` letters open it takes no more, until some are marked; none is dropped. */
export class InMemoryDeadLetters implements DeadLetters {
  private readonly open = new Map<string, DeadLetter>();
  /** Of a marked letter the identity stays, so that it isn't listed when it is added again. */
  private readonly marked = new Set<string>();

  constructor(private readonly capacity = 50_000) {}

  async add(letter: DeadLetter): Promise<void> {
    const identity = identityOf(letter.origin);
    if (this.open.has(identity) || this.marked.has(identity)) return;
    if (this.open.size >= this.capacity) {
      throw new DeadLettersUnavailable(`${this.capacity} letters wait to be redriven or discarded`);
    }
    this.open.set(identity, copyOf(letter));
  }

  async *list(filter: DeadLetterFilter): AsyncGenerator<DeadLetter> {
    const found = [...this.open.values()].filter((letter) => matches(letter, filter));
    for (const letter of found.sort(byOrigin)) yield copyOf(letter);
  }

  async mark(origin: Origin): Promise<void> {
    const identity = identityOf(origin);
    if (this.open.delete(identity)) this.marked.add(identity);
  }
}
