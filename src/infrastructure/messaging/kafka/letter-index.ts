import { hash } from 'node:crypto';
import type { DeadLetterFilter, DeadLetterReason, Origin } from '../../../application/ports/dead-letters.js';
import { identityOf } from '../dead-letter.js';
import { RecentIdentities } from '../recent-identities.js';
import type { DeadLetterHead } from './dead-letter-record.js';

/** A dead letter that is neither redriven nor discarded: where it lies, and what filters ask for. */
export interface Unresolved {
  readonly origin: Origin;
  /** Its offset in the dead-letter topic. */
  readonly position: bigint;
  /** How many it has, before they were compressed. */
  readonly bytes: number;
  readonly reason: DeadLetterReason;
  /** In ms since the epoch. */
  readonly lastFailureAt: number;
  readonly keyDigest: string | undefined;
}

const DIGEST_CHARACTERS = 44;

interface Entry extends Unresolved {
  resolved: boolean;
}

/** A key that is shorter than a digest is its own. */
function digestOf(key: Uint8Array | null): string | undefined {
  if (key === null) return undefined;
  return key.byteLength < DIGEST_CHARACTERS
    ? Buffer.from(key).toString('latin1')
    : hash('sha256', key, 'base64');
}

/** The unresolved dead letters of a partition, from its records in the order of the topic; holds none of their bytes. */
export class LetterIndex {
  private readonly unresolved = new Map<string, Entry>();
  private readonly resolved: RecentIdentities;
  /** By origin, with some that are resolved; undefined when it has to be made again. */
  private ordered: Entry[] | undefined;

  constructor(resolvedRemembered: number) {
    this.resolved = new RecentIdentities(resolvedRemembered);
  }

  /** Of one that was added twice the first counts: so those of one key stay in order. */
  add(
    { origin, reason, lastFailureAt }: DeadLetterHead,
    place: { readonly position: bigint; readonly bytes: number; readonly key: Uint8Array | null },
  ): void {
    const identity = identityOf(origin);
    if (this.unresolved.has(identity) || this.resolved.has(identity)) return;
    const { position, bytes, key } = place;
    const keyDigest = digestOf(key);
    const facts = { origin, position, bytes, reason, lastFailureAt: lastFailureAt.getTime(), keyDigest };
    this.unresolved.set(identity, { ...facts, resolved: false });
    this.ordered = undefined;
  }

  /** A mark is of a dead letter that was added before; a mistaken one doesn't hide one that is to come. */
  mark(origin: Origin): void {
    const identity = identityOf(origin);
    const entry = this.unresolved.get(identity);
    if (entry === undefined) return;
    entry.resolved = true;
    this.unresolved.delete(identity);
    this.resolved.add(identity);
  }

  /** The records before this position were deleted. */
  forgetBefore(position: bigint): void {
    // in the order of the topic
    for (const [identity, entry] of this.unresolved) {
      if (entry.position >= position) return;
      this.unresolved.delete(identity);
      this.ordered = undefined;
    }
  }

  /** In the order of their origins. */
  matching({ reason, orderId, before, origin }: DeadLetterFilter): Unresolved[] {
    const digest = orderId === undefined ? undefined : digestOf(Buffer.from(orderId));
    const beforeMs = before?.getTime() ?? Infinity;
    const only = origin && this.unresolved.get(identityOf(origin));
    const candidates = origin === undefined ? this.inOrder() : only === undefined ? [] : [only];
    return candidates.filter(
      (entry) =>
        !entry.resolved &&
        (reason === undefined || entry.reason === reason) &&
        (digest === undefined || entry.keyDigest === digest) &&
        entry.lastFailureAt < beforeMs,
    );
  }

  /** They come nearly in order, which is where this sort takes linear time. */
  private inOrder(): readonly Entry[] {
    const half = (this.ordered?.length ?? 0) / 2;
    if (this.ordered !== undefined && this.unresolved.size < half)
      this.ordered = this.ordered.filter(({ resolved }) => !resolved);
    this.ordered ??= [...this.unresolved.values()].sort((a, b) => compare(a.origin.offset, b.origin.offset));
    return this.ordered;
  }
}

/** Of whole numbers without leading zeros. */
function compare(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
