import {
  DeadLettersUnavailable,
  type DeadLetter,
  type DeadLetterFilter,
  type DeadLetterStore,
  type FoundDeadLetters,
  type Origin,
} from '../engine/dead-letters.js';
import { byOrigin, copyDeadLetter, originId, matches } from '../engine/dead-letter.js';
import { RecentIdentities } from '../engine/recent-identities.js';

const RESOLVED_REMEMBERED = 10_000;

/** Keeps letters in this process. With `capacity` letters open it takes no more, until some are marked; none is dropped. */
export class InMemoryDeadLetterStore<Reason extends string> implements DeadLetterStore<Reason> {
  private readonly open = new Map<string, DeadLetter<Reason>>();
  /** Of the latest that were marked: such a letter isn't listed when it is added again. */
  private readonly marked = new RecentIdentities(RESOLVED_REMEMBERED);

  constructor(private readonly capacity = 50_000) {}

  async add(letter: DeadLetter<Reason>): Promise<void> {
    const id = originId(letter.origin);
    if (this.open.has(id) || this.marked.has(id)) return;
    if (this.open.size >= this.capacity) {
      throw new DeadLettersUnavailable(`${this.capacity} letters wait to be redriven or discarded`);
    }
    this.open.set(id, copyDeadLetter(letter));
  }

  async list(filter: DeadLetterFilter<Reason>, limit = Infinity): Promise<FoundDeadLetters<Reason>> {
    const found = [...this.open.values()].filter((letter) => matches(letter, filter)).sort(byOrigin);
    return { matched: found.length, deadLetters: copiesOf(found.slice(0, limit)) };
  }

  async resolve(origin: Origin): Promise<void> {
    const id = originId(origin);
    if (this.open.delete(id)) this.marked.add(id);
  }
}

async function* copiesOf<Reason extends string>(
  letters: readonly DeadLetter<Reason>[],
): AsyncGenerator<DeadLetter<Reason>> {
  for (const letter of letters) yield copyDeadLetter(letter);
}
