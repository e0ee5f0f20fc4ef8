import { byOrigin, copyDeadLetter, matches, originId } from '../engine/dead-letter.js';
import {
  DeadLettersUnavailable,
  type DeadLetter,
  type DeadLetterFilter,
  type DeadLetterOrder,
  type DeadLetterStore,
  type FoundDeadLetters,
  type Origin,
} from '../engine/dead-letters.js';
import { RecentIdentities } from '../engine/recent-identities.js';

const RESOLVED_REMEMBERED = 10_000;

interface Unresolved<Reason extends string> {
  readonly deadLetter: DeadLetter<Reason>;
  /** When it was dead-lettered; when it was added, where that is earlier. */
  readonly at: Date;
}

/** Keeps dead letters in this process. When `capacity` of them are unresolved it takes no more; none is dropped. */
export class InMemoryDeadLetterStore<Reason extends string> implements DeadLetterStore<Reason> {
  private readonly unresolved = new Map<string, Unresolved<Reason>>();
  /** Such a dead letter isn't listed when it is added again. */
  private readonly resolved = new RecentIdentities(RESOLVED_REMEMBERED);

  constructor(private readonly capacity = 50_000) {}

  async add(deadLetter: DeadLetter<Reason>): Promise<void> {
    const id = originId(deadLetter.origin);
    if (this.unresolved.has(id) || this.resolved.has(id)) return;
    if (this.unresolved.size >= this.capacity) {
      throw new DeadLettersUnavailable(`${this.capacity} dead letters wait to be redriven or discarded`);
    }
    const at = new Date(Math.min(deadLetter.lastFailureAt.getTime(), Date.now()));
    this.unresolved.set(id, { deadLetter: copyDeadLetter(deadLetter), at });
  }

  async list(
    filter: DeadLetterFilter<Reason>,
    limit = Infinity,
    order: DeadLetterOrder = 'message',
  ): Promise<FoundDeadLetters<Reason>> {
    const found = [...this.unresolved.values()]
      .filter(({ deadLetter, at }) => matches(deadLetter, at, filter))
      .sort(({ deadLetter: a }, { deadLetter: b }) => byOrigin(a, b));
    if (order === 'newest') found.sort((a, b) => b.at.getTime() - a.at.getTime());
    return { matched: found.length, deadLetters: copies(found.slice(0, limit)) };
  }

  async resolve(origin: Origin): Promise<void> {
    const id = originId(origin);
    if (this.unresolved.delete(id)) this.resolved.add(id);
  }
}

async function* copies<Reason extends string>(of: readonly Unresolved<Reason>[]) {
  for (const { deadLetter } of of) yield copyDeadLetter(deadLetter);
}
