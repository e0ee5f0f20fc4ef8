import type { CommittedPosition, Positions } from '../../src/engine/record-source.js';
import type { Scheduler } from './scheduler.js';

/** Who speaks: a replica, one of the processes that ran under its name, and the generation that this one knows. */
export interface Speaker {
  readonly instanceId: string;
  readonly memberId: number;
  readonly generation: number;
}

export interface Assignment {
  readonly generation: number;
  readonly partitions: readonly number[];
}

/** The coordinator's refusals, in Kafka's words. */
export type RefusalCode =
  | 'COORDINATOR_NOT_AVAILABLE'
  | 'FENCED_INSTANCE_ID'
  | 'ILLEGAL_GENERATION'
  | 'REBALANCE_IN_PROGRESS'
  | 'UNKNOWN_MEMBER_ID';

export class CoordinatorRefusal extends Error {
  override readonly name = 'CoordinatorRefusal';

  constructor(readonly code: RefusalCode) {
    super(code);
  }
}

interface Seat {
  readonly instanceId: string;
  memberId: number;
  partitions: readonly number[];
  /** Settles the join that waits for the others. */
  joining: { resolve: (assignment: Assignment) => void; reject: (error: Error) => void } | undefined;
  endSession: () => void;
}

const nothing = (): void => undefined;

/** The broker's side of a consumer group with static members: eager rebalances, sessions, generations, commits. */
export class ModelCoordinator {
  private readonly seats = new Map<string, Seat>();
  private readonly positions = new Map<number, CommittedPosition>();
  private generation = 0;
  private rebalancing = false;
  private endRebalance: () => void = nothing;
  private unavailable = false;

  constructor(
    private readonly scheduler: Scheduler,
    private readonly partitionCount: number,
    private readonly settings: { readonly sessionTimeoutMs: number; readonly rebalanceTimeoutMs: number },
    private readonly onCommit: (speaker: Speaker, positions: Positions) => void,
  ) {}

  committed(partition: number): CommittedPosition | undefined {
    return this.positions.get(partition);
  }

  /** The member that reads a partition in this generation. */
  ownerOf(partition: number): number | undefined {
    return [...this.seats.values()].find(({ partitions }) => partitions.includes(partition))?.memberId;
  }

  /** A process that joins for the first time takes over the seat of an earlier one of its name. */
  join(instanceId: string, memberId: number, first: boolean): Promise<Assignment> {
    this.mustBeAvailable();
    const known = this.seats.get(instanceId);
    const replaced = known !== undefined && known.memberId !== memberId;
    if (replaced && !first) throw new CoordinatorRefusal('FENCED_INSTANCE_ID');
    known?.joining?.reject(new CoordinatorRefusal('FENCED_INSTANCE_ID'));
    const seat = known ?? { instanceId, memberId, partitions: [], joining: undefined, endSession: nothing };
    seat.memberId = memberId;
    seat.joining = undefined;
    this.seats.set(instanceId, seat);
    if (replaced && !this.rebalancing) {
      this.startSession(seat);
      return Promise.resolve({ generation: this.generation, partitions: seat.partitions });
    }
    seat.endSession();
    return new Promise((resolve, reject) => {
      seat.joining = { resolve, reject };
      this.rebalance();
    });
  }

  /** The second half of a join: refused when another one has begun meanwhile. */
  sync(speaker: Speaker): void {
    this.heartbeat(speaker);
  }

  heartbeat(speaker: Speaker): void {
    this.startSession(this.seatOf(speaker));
    if (this.rebalancing) throw new CoordinatorRefusal('REBALANCE_IN_PROGRESS');
  }

  /** The commits of the generation that ends are taken until the next one begins. Nobody asks whose partition it is. */
  commit(speaker: Speaker, positions: Positions): void {
    this.startSession(this.seatOf(speaker));
    for (const [partition, position] of positions) this.positions.set(partition, position);
    this.onCommit(speaker, positions);
  }

  leave(instanceId: string, memberId: number): void {
    this.mustBeAvailable();
    const seat = this.seats.get(instanceId);
    if (seat?.memberId === memberId) this.remove(seat);
  }

  beUnavailable(): void {
    this.unavailable = true;
    this.endRebalance();
    for (const seat of this.seats.values()) {
      seat.endSession();
      seat.joining?.reject(new CoordinatorRefusal('COORDINATOR_NOT_AVAILABLE'));
      seat.joining = undefined;
    }
  }

  /** The members that it knew have a session from now on. */
  beAvailable(): void {
    if (!this.unavailable) return;
    this.unavailable = false;
    for (const seat of this.seats.values()) this.startSession(seat);
    if (!this.rebalancing) return;
    this.rebalancing = false;
    this.rebalance();
  }

  private mustBeAvailable(): void {
    if (this.unavailable) throw new CoordinatorRefusal('COORDINATOR_NOT_AVAILABLE');
  }

  private seatOf({ instanceId, memberId, generation }: Speaker): Seat {
    this.mustBeAvailable();
    const seat = this.seats.get(instanceId);
    if (seat === undefined) throw new CoordinatorRefusal('UNKNOWN_MEMBER_ID');
    if (seat.memberId !== memberId) throw new CoordinatorRefusal('FENCED_INSTANCE_ID');
    if (generation !== this.generation) throw new CoordinatorRefusal('ILLEGAL_GENERATION');
    return seat;
  }

  private startSession(seat: Seat): void {
    seat.endSession();
    seat.endSession = this.scheduler.after(this.settings.sessionTimeoutMs, () => {
      this.remove(seat);
    });
  }

  private remove(seat: Seat): void {
    seat.endSession();
    this.seats.delete(seat.instanceId);
    this.rebalance();
  }

  /** Goes on until every member has joined again; those that don't in time are left out. */
  private rebalance(): void {
    if (!this.rebalancing) {
      this.rebalancing = true;
      this.endRebalance = this.scheduler.after(this.settings.rebalanceTimeoutMs, () => {
        this.completeRebalance();
      });
    }
    if ([...this.seats.values()].every(({ joining }) => joining !== undefined)) this.completeRebalance();
  }

  /** Partitions move in every second generation, though the members may be the same. */
  private completeRebalance(): void {
    this.endRebalance();
    for (const seat of this.seats.values()) {
      if (seat.joining !== undefined) continue;
      seat.endSession();
      this.seats.delete(seat.instanceId);
    }
    this.rebalancing = false;
    this.generation++;
    const members = [...this.seats.values()].sort((a, b) => (a.instanceId < b.instanceId ? -1 : 1));
    const partitions = Array.from({ length: this.partitionCount }, (_, partition) => partition);
    for (const [index, seat] of members.entries()) {
      const ownerOf = (partition: number) => (partition + (this.generation >> 1)) % members.length;
      seat.partitions = partitions.filter((partition) => ownerOf(partition) === index);
      seat.joining?.resolve({ generation: this.generation, partitions: seat.partitions });
      seat.joining = undefined;
      this.startSession(seat);
    }
  }
}
