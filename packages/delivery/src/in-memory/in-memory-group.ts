import type { StoredRecord } from './partition-log.js';

/** What the group reads, and tells of its commits. */
interface Log {
  partitionCount(topic: string): number;
  read(topic: string, partition: number, offset: bigint, limit: number): StoredRecord[];
  endOffset(topic: string, partition: number): bigint;
  committed(topic: string, partition: number): void;
}

/** The shape is the consumer's `CommittedPosition`. */
interface Position {
  readonly position: bigint;
  readonly metadata: string;
}

/** Ascending ranges of offsets beyond the position, as a commit's metadata tells them; `to` is not in them. */
export type CompletedBeyond = (commit: Position) => readonly { readonly from: bigint; readonly to: bigint }[];

/** What the group tells a member. The shape is the consumer's `GroupMember`. */
interface Member {
  beforeRejoin(): Promise<void>;
  assigned(positions: ReadonlyMap<number, Position>): void;
  received(batch: {
    partition: number;
    from: bigint;
    to: bigint;
    records: readonly StoredRecord[];
  }): bigint | undefined;
  mayCommit(partition: number, position: bigint): boolean;
}

/** A member's place: what it owns, how far it was read to, and what it paused. */
interface Seat {
  readonly member: Member;
  readonly positions: Map<number, bigint>;
  readonly paused: Set<number>;
}

const FETCH_LIMIT = 500;

/** A consumer group on one topic: each partition belongs to one member, and positions are committed. */
export class InMemoryGroup {
  private seats: Seat[] = [];
  private readonly commits = new Map<number, Position>();
  private readonly woken = new Set<number>();
  private changes: (() => void)[] = [];
  private rebalancing: Promise<void> = Promise.resolve();

  constructor(
    readonly topic: string,
    private readonly log: Log,
  ) {}

  committed(partition: number): bigint | undefined {
    return this.commits.get(partition)?.position;
  }

  /** Says whether the group has committed that an offset is completed; for offsets that are asked in ascending order. */
  completed(partition: number, completedBeyond: CompletedBeyond): (offset: bigint) => boolean {
    const commit = this.commits.get(partition);
    if (commit === undefined) return () => false;
    const ranges = [{ from: 0n, to: commit.position }, ...completedBeyond(commit)];
    let index = 0;
    return (offset) => {
      while ((ranges[index]?.to ?? offset + 1n) <= offset) index++;
      return offset >= (ranges[index]?.from ?? offset + 1n);
    };
  }

  /** The shape is the consumer's `Membership`. */
  membership(member: Member) {
    const seat: Seat = { member, positions: new Map(), paused: new Set() };
    return {
      join: () => this.rebalance(() => this.seats.push(seat)),
      isActive: () => this.seats.includes(seat),
      pause: (partition: number) => {
        seat.paused.add(partition);
      },
      resume: (partition: number) => {
        seat.paused.delete(partition);
        this.wake(partition);
      },
      commit: (positions: ReadonlyMap<number, Position>) => {
        for (const [partition, commit] of positions) {
          const owned = seat.positions.has(partition) && this.seats.includes(seat);
          if (!owned || !member.mayCommit(partition, commit.position)) continue;
          this.commits.set(partition, commit);
          this.log.committed(this.topic, partition);
        }
        return Promise.resolve();
      },
      leave: () =>
        this.rebalance(() => {
          this.seats = this.seats.filter((each) => each !== seat);
          seat.positions.clear();
        }),
    };
  }

  /** There may be something to read in this partition; its owner gets it in a turn of its own. */
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

  /** Every member finishes what it has, then the partitions are dealt out anew; members that come together go together. */
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
    for (let partition = 0; partition < this.log.partitionCount(this.topic); partition++) {
      this.seats[partition % this.seats.length]?.positions.set(partition, this.committed(partition) ?? 0n);
    }
    for (const { member, positions } of this.seats) {
      const start = (partition: number) => this.commits.get(partition) ?? { position: 0n, metadata: '' };
      member.assigned(new Map([...positions.keys()].map((partition) => [partition, start(partition)])));
      for (const partition of positions.keys()) this.wake(partition);
    }
  }

  private deliver(partition: number): void {
    const seat = this.seats.find(({ positions }) => positions.has(partition));
    const from = seat?.positions.get(partition);
    if (seat === undefined || from === undefined || seat.paused.has(partition)) return;
    const records = this.log.read(this.topic, partition, from, FETCH_LIMIT);
    const last = records.length < FETCH_LIMIT ? undefined : records.at(-1);
    const to = last === undefined ? this.log.endOffset(this.topic, partition) : last.offset + 1n;
    if (to === from) return;
    const next = seat.member.received({ partition, from, to, records });
    if (next === undefined) return;
    seat.positions.set(partition, next);
    this.wake(partition);
  }
}
