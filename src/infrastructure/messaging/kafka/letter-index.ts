import type { Origin } from '../../../application/ports/dead-letters.js';
import { identityOf } from '../dead-letter.js';

/** Where a letter lies in the log of the dead letters, and how many bytes it has there. */
export interface Place {
  readonly position: bigint;
  readonly bytes: number;
}

interface Entry {
  readonly origin: Origin;
  /** None, once the letter isn't wanted, or was marked. */
  place: Place | undefined;
}

/** Which letters of a partition are wanted, built from its records in the order of the log; holds none of their bytes. */
export class LetterIndex {
  private readonly entries = new Map<string, Entry>();

  /** Of a letter that was added twice the first counts: so those of one key stay in order. */
  add(origin: Origin, place: Place | undefined): void {
    const identity = identityOf(origin);
    if (!this.entries.has(identity)) this.entries.set(identity, { origin, place });
  }

  /** A mark is of a letter that was added before; a mistaken one doesn't hide a letter that is to come. */
  mark(origin: Origin): void {
    const entry = this.entries.get(identityOf(origin));
    if (entry !== undefined) entry.place = undefined;
  }

  /** The wanted letters in the order of their origins, cut so that each portion has at most `maxBytes`, or one letter. */
  portions(maxBytes: number): Place[][] {
    const wanted = [...this.entries.values()].sort((a, b) =>
      Number(BigInt(a.origin.offset) - BigInt(b.origin.offset)),
    );
    const portions: Place[][] = [];
    let room = 0;
    for (const { place } of wanted) {
      if (place === undefined) continue;
      if (portions.length === 0 || place.bytes > room) {
        portions.push([]);
        room = maxBytes;
      }
      portions.at(-1)?.push(place);
      room -= place.bytes;
    }
    return portions;
  }
}
