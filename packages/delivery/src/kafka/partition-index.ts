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
  /** When it was dead-lettered, in ms since the epoch; when it was read, where that is earlier: a replica's clock may be ahead. */
  readonly at: number;
  readonly keyDigest: string | undefined;
}

const DIGEST_CHARACTERS = 44;

interface Entry extends Unresolved {
  /** Of the origin, to sort by. */
  readonly offset: bigint;
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
    const at = Math.min(lastFailureAt.getTime(), Date.now());
    const facts = { origin, position, bytes, reason, at, keyDigest };
    this.unresolved.set(id, { ...facts, offset: BigInt(origin.offset) });
  }

  /** Only of a dead letter that was added before: a mistaken resolution hides no later one. */
  resolve(origin: Origin): void {
    const id = originId(origin);
    if (this.unresolved.delete(id)) this.resolved.add(id);
  }

  /** The records before this position were deleted. */
  forgetBefore(position: bigint): void {
    // in the order of the topic
    for (const [id, entry] of this.unresolved) {
      if (entry.position >= position) return;
      this.unresolved.delete(id);
    }
  }

  /** In the order of their origins. They are added nearly in order, for which this sort takes linear time. */
  matching({ reason, key, before, origin }: DeadLetterFilter): Unresolved[] {
    const wantedDigest = key === undefined ? undefined : digest(Buffer.from(key));
    const beforeMs = before?.getTime() ?? Infinity;
    const only = origin && this.unresolved.get(originId(origin));
    const candidates =
      origin === undefined ? [...this.unresolved.values()] : only === undefined ? [] : [only];
    return candidates
      .filter(
        (entry) =>
          (reason === undefined || entry.reason === reason) &&
          (wantedDigest === undefined || entry.keyDigest === wantedDigest) &&
          entry.at < beforeMs,
      )
      .sort((a, b) => Number(a.offset - b.offset));
  }
}
