import { MAX_MOVES, type Move } from './live-view.js';
import type { ReplicaSighting } from './replica-sighting.js';

/** What nobody has for so long is shown as nobody's: between two owners there is a moment without one. */
const OWNERLESS_AFTER_MS = 5_000;
/** So long whatever is seen was there before. */
const SETTLING_MS = 3_000;

interface Ownership {
  readonly owner: string | undefined;
  /** Since when nobody says that it is its own. */
  readonly ownerlessSince?: number;
}

/** Which replica has which partition, and how that changed. */
export class PartitionMoves {
  private readonly owners = new Map<number, Ownership>();
  private moves: readonly Move[] = [];
  private watchedSince: number | undefined;

  /** Newest first. */
  get latest(): readonly Move[] {
    return this.moves;
  }

  /** Looks at the replicas as they are now. */
  update(replicas: ReadonlyMap<string, ReplicaSighting>, now: number): void {
    if (replicas.size === 0) return;
    this.watchedSince ??= now;
    const claims = this.claims(replicas, now);
    for (const [partition, claimants] of claims) {
      const owner = this.owners.get(partition)?.owner;
      // of two that claim it one does not know yet that it has lost it
      if (owner !== undefined && claimants.includes(owner)) this.owners.set(partition, { owner });
      else if (claimants[0] !== undefined) this.moved(partition, owner, claimants[0], replicas, now);
    }
    for (const [partition, { owner, ownerlessSince = now }] of this.owners) {
      if (owner === undefined || claims.has(partition)) continue;
      if (now - ownerlessSince < OWNERLESS_AFTER_MS) this.owners.set(partition, { owner, ownerlessSince });
      else this.moved(partition, owner, undefined, replicas, now);
    }
  }

  /** Who says of which partition that it is its own, the one that was seen last first. */
  private claims(replicas: ReadonlyMap<string, ReplicaSighting>, now: number): Map<number, string[]> {
    const claims = new Map<number, string[]>();
    const latestFirst = [...replicas.values()].sort((a, b) => b.lastSeenAt - a.lastSeenAt);
    for (const replica of latestFirst) {
      for (const partition of replica.partitionsAt(now)) {
        claims.set(partition, [...(claims.get(partition) ?? []), replica.id]);
      }
    }
    return claims;
  }

  private moved(
    partition: number,
    from: string | undefined,
    to: string | undefined,
    replicas: ReadonlyMap<string, ReplicaSighting>,
    now: number,
  ): void {
    this.owners.set(partition, { owner: to });
    const { watchedSince = now } = this;
    if (from === undefined && now - watchedSince < SETTLING_MS) return;
    const why = this.reason(from, replicas, now);
    const move: Move = {
      at: now,
      partition,
      ...(from !== undefined && { from }),
      ...(to !== undefined && { to }),
      why,
    };
    this.moves = [move, ...this.moves].slice(0, MAX_MOVES);
  }

  private reason(
    from: string | undefined,
    replicas: ReadonlyMap<string, ReplicaSighting>,
    now: number,
  ): Move['why'] {
    const state = from === undefined ? undefined : (replicas.get(from)?.stateAt(now) ?? 'gone');
    if (state === 'stopped' || state === 'gone') return state;
    const { watchedSince = now } = this;
    const isAnyNew = [...replicas.values()].some((each) => each.isNewAt(now, watchedSince));
    return isAnyNew ? 'joined' : 'rebalanced';
  }
}
