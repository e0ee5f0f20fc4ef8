import {
  DeadLettersUnavailable,
  type DeadLetter,
  type DeadLetterFilter,
  type DeadLetters,
  type FoundDeadLetters,
  type Origin,
} from '../../../application/ports/dead-letters.js';
import { byOrigin, copyOf, identityOf, matches } from '../dead-letter.js';
import { RecentIdentities } from '../recent-identities.js';

const RESOLVED_REMEMBERED = 10_000;

/** Keeps letters in this process. With `capacity` letters open it takes no more, until some are marked; none is dropped. */
export class InMemoryDeadLetters implements DeadLetters {
  private readonly open = new Map<string, DeadLetter>();
  /** Of the latest that were marked: such a letter isn't listed when it is added again. */
  private readonly marked = new RecentIdentities(RESOLVED_REMEMBERED);

  constructor(private readonly capacity = 50_000) {}

  async add(letter: DeadLetter): Promise<void> {
    const identity = identityOf(letter.origin);
    if (this.open.has(identity) || this.marked.has(identity)) return;
    if (this.open.size >= this.capacity) {
      throw new DeadLettersUnavailable(`${this.capacity} letters wait to be redriven or discarded`);
    }
    this.open.set(identity, copyOf(letter));
  }

  async list(filter: DeadLetterFilter, limit = Infinity): Promise<FoundDeadLetters> {
    const found = [...this.open.values()].filter((letter) => matches(letter, filter)).sort(byOrigin);
    return { matched: found.length, letters: copiesOf(found.slice(0, limit)) };
  }

  async mark(origin: Origin): Promise<void> {
    const identity = identityOf(origin);
    if (this.open.delete(identity)) this.marked.add(identity);
  }
}

async function* copiesOf(letters: readonly DeadLetter[]): AsyncGenerator<DeadLetter> {
  for (const letter of letters) yield copyOf(letter);
}
