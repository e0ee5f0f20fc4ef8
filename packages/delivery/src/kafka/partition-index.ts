import { hash } from 'node:crypto';
import type { DeadLetterFilter, Origin } from '../engine/dead-letters.js';
import { originId } from '../engine/dead-letter.js';
import { RecentIdentities } from '../engine/recent-identities.js';
import type { DeadLetterHead } from './dead-letter-record.js';

/** A dead letter that is neither redriven nor discarded: where it lies, and what filters ask for. */
export interface Unresolved {
  readonly origin: Origin;
  /** Its offset in the dead-letter topic. */
  readonly position: bigint;
  /** Before they were compressed. */
  readonly bytes: number;
  readonly reason: string;
  /** In ms since the epoch. */
  readonly lastFailureAt: number;
  readonly keyDigest: string | undefined;
}

const DIGEST_CHARACTERS = 44;

interface Entry extends Unresolved {
  resolved: boolean;
}

/** A key that is shorter than a digest is its own. */
function digest(key: Uint8Array | null): string | undefined {
  if (key === null) return undefined;
  return key.byteLength < DIGEST_CHARACTERS
    ? Buffer.from(key).toString('latin1')
    : hash('sha256', key, 'base64');
}

/** The unresolved dead letters of a partition, from its records in the order of the topic; keeps none of their bytes. */
export class PartitionIndex {
  private readonly unresolved = new Map<string, Entry>();
  private readonly resolved: RecentIdentities;
  /** By origin, with some that are resolved; undefined when it has to be sorted again. */
  private ordered: Entry[] | undefined;

  constructor(resolvedRemembered: number) {
    this.resolved = new RecentIdentities(resolvedRemembered);
  }

  /** Of one that was added twice the first counts: so those of one key stay in order. */
  add(
    { origin, reason, lastFailureAt }: DeadLetterHead,
    place: { readonly position: bigint; readonly bytes: number; readonly key: Uint8Array | null },
  ): void {
    const id = originId(origin);
    if (this.unresolved.has(id) || this.resolved.has(id)) return;
    const { position, bytes, key } = place;
    const keyDigest = digest(key);
    const facts = { origin, position, bytes, reason, lastFailureAt: lastFailureAt.getTime(), keyDigest };
    this.unresolved.set(id, { ...facts, resolved: false });
    this.ordered = undefined;
  }

  /** Only of a dead letter that was added before: a mistaken resolution hides no later one. */
  resolve(origin: Origin): void {
    const id = originId(origin);
    const entry = this.unresolved.get(id);
    if (entry === undefined) return;
    entry.resolved = true;
    this.unresolved.delete(id);
    this.resolved.add(id);
  }

  /** The records before this position were deleted. */
  forgetBefore(position: bigint): void {
    // in the order of the topic
    for (const [id, entry] of this.unresolved) {
      if (entry.position >= position) return;
      this.unresolved.delete(id);
      this.ordered = undefined;
    }
  }

  /** In the order of their origins. */
  matching({ reason, key, before, origin }: DeadLetterFilter): Unresolved[] {
    const wantedDigest = key === undefined ? undefined : digest(Buffer.from(key));
    const beforeMs = before?.getTime() ?? Infinity;
    const only = origin && this.unresolved.get(originId(origin));
    const candidates = origin === undefined ? this.inOrder() : only === undefined ? [] : [only];
    return candidates.filter(
      (entry) =>
        !entry.resolved &&
        (reason === undefined || entry.reason === reason) &&
        (wantedDigest === undefined || entry.keyDigest === wantedDigest) &&
        entry.lastFailureAt < beforeMs,
    );
  }

  /** They are added nearly in order, for which this sort takes linear time. */
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
