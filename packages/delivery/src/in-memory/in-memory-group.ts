import { decodeProgress } from '../engine/commit-metadata.js';
import type {
  CommittedPosition,
  GroupMember,
  Membership,
  Positions,
  RecordSource,
} from '../engine/record-source.js';
import { inRanges } from '../engine/offset-range.js';
import type { PartitionLog } from './partition-log.js';

/** A member's place: what it owns, how far it was read to, and what it paused. */
interface Seat {
  readonly member: GroupMember;
  readonly positions: Map<number, bigint>;
  readonly paused: Set<number>;
}

const FETCH_LIMIT = 500;
/** Of a group that has committed nothing. */
export const START: CommittedPosition = { position: 0n, metadata: '' };

/** A consumer group on one topic: each partition belongs to one member, and positions are committed. */
export class InMemoryGroup implements RecordSource {
  private seats: Seat[] = [];
  private readonly commits = new Map<number, CommittedPosition>();
  private readonly woken = new Set<number>();
  private changes: (() => void)[] = [];
  private rebalancing: Promise<void> = Promise.resolve();

  /** @param logs of the topic, by partition */
  constructor(
    private readonly logs: readonly PartitionLog[],
    private readonly onCommit: (partition: number) => void,
  ) {}

  committed(partition: number): CommittedPosition {
    return this.commits.get(partition) ?? START;
  }

  /** Tells whether the group has committed that an offset is completed. Ask for offsets in ascending order. */
  completed(partition: number): (offset: bigint) => boolean {
    const { position, metadata } = this.committed(partition);
    return inRanges([{ from: 0n, to: position }, ...decodeProgress(position, metadata).completed]);
  }

  membership(member: GroupMember): Membership {
    const seat: Seat = { member, positions: new Map(), paused: new Set() };
    let keptAlive: NodeJS.Timeout | undefined;
    return {
      join: () => {
        keptAlive ??= keepAlive();
        return this.rebalance(() => this.seats.push(seat));
      },
      isActive: () => this.seats.includes(seat),
      pause: (partition) => {
        seat.paused.add(partition);
      },
      resume: (partition) => {
        seat.paused.delete(partition);
        this.wake(partition);
      },
      commit: async (positions) => {
        this.commit(seat, positions);
      },
      leave: () => {
        clearInterval(keptAlive);
        return this.rebalance(() => {
          this.seats = this.seats.filter((each) => each !== seat);
          seat.positions.clear();
        });
      },
    };
  }

  /** There may be something to read in this partition; its owner gets it in a later turn of the event loop. */
  wake(partition: number): void {
    if (this.woken.size === 0) {
      setImmediate(() => {
        const partitions = [...this.woken];
        this.woken.clear();
        for (const each of partitions) this.deliver(each);
      });
    }
    this.woken.add(partition);
  }

  private commit({ member, positions: owned }: Seat, positions: Positions): void {
    for (const [partition, commit] of positions) {
      if (!owned.has(partition) || !member.mayCommit(partition, commit.position)) continue;
      this.commits.set(partition, commit);
      this.onCommit(partition);
    }
  }

  /** Every member drains, then the partitions are assigned anew. Changes that come meanwhile share one rebalance. */
  private rebalance(change: () => void): Promise<void> {
    this.changes.push(change);
    this.rebalancing = this.rebalancing.then(async () => {
      if (this.changes.length === 0) return;
      await Promise.all(this.seats.map(({ member }) => member.beforeRejoin()));
      for (const each of this.changes.splice(0)) each();
      this.assign();
    });
    return this.rebalancing;
  }

  private assign(): void {
    for (const { positions, paused } of this.seats) {
      positions.clear();
      paused.clear();
    }
    for (const partition of this.logs.keys()) {
      const seat = this.seats[partition % this.seats.length];
      seat?.positions.set(partition, this.committed(partition).position);
    }
    for (const { member, positions } of this.seats) {
      const partitions = [...positions.keys()];
      member.assigned(new Map(partitions.map((partition) => [partition, this.committed(partition)])));
      for (const partition of partitions) this.wake(partition);
    }
  }

  private deliver(partition: number): void {
    const seat = this.seats.find(({ positions }) => positions.has(partition));
    const from = seat?.positions.get(partition);
    const log = this.logs[partition];
    if (!seat || from === undefined || !log || seat.paused.has(partition)) return;
    const records = log.read(from, FETCH_LIMIT);
    const last = records[FETCH_LIMIT - 1];
    const to = last === undefined ? log.end : last.offset + 1n;
    if (to === from) return;
    const next = seat.member.received({ partition, from, to, records });
    if (next === undefined) return;
    seat.positions.set(partition, next);
    this.wake(partition);
  }
}

/** A member keeps its process alive until it leaves, as the connections of one on Kafka do. */
function keepAlive(): NodeJS.Timeout {
  return setInterval(() => undefined, 60_000);
}
