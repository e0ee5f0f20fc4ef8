import type {
  DeadLetter,
  DeadLetterFilter,
  DeadLetterMark,
  DeadLetters,
  Origin,
} from '../../src/application/ports/dead-letters.js';

const idOf = ({ topic, partition, offset }: Origin) => `${topic} ${partition} ${offset}`;

class ListedDeadLetters implements DeadLetters {
  readonly #letters = new Map<string, DeadLetter>();
  readonly #marks = new Map<string, DeadLetterMark>();

  add(letter: DeadLetter): Promise<void> {
    this.#letters.set(idOf(letter.origin), letter);
    return Promise.resolve();
  }

  async *list({ reason, orderId, before, origin }: DeadLetterFilter): AsyncIterable<DeadLetter> {
    for (const [id, letter] of this.#letters) {
      const key = letter.message.key === null ? undefined : new TextDecoder().decode(letter.message.key);
      if (this.#marks.has(id)) continue;
      if (reason !== undefined && letter.reason !== reason) continue;
      if (orderId !== undefined && key !== orderId) continue;
      if (before !== undefined && letter.lastFailureAt >= before) continue;
      if (origin !== undefined && idOf(origin) !== id) continue;
      yield letter;
    }
  }

  mark(origin: Origin, mark: DeadLetterMark): Promise<void> {
    this.#marks.set(idOf(origin), mark);
    return Promise.resolve();
  }
}

export function deadLettersInMemory(): DeadLetters {
  return new ListedDeadLetters();
}
