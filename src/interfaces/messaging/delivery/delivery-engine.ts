import type { DependencyCheck, DependencyState } from '../../../application/ports/dependency-check.js';
import type { Logger } from '../../../application/ports/logger.js';
import { PartitionDelivery, type RecordHandler } from './partition-delivery.js';
import type {
  CommittedPosition,
  GroupMember,
  Membership,
  Positions,
  RecordBatch,
  RecordSource,
} from './record-source.js';

export interface DeliverySettings {
  /** How often finished positions are committed. */
  readonly commitIntervalMs: number;
  /** A partition with this many records in hand is paused until it has less than half as many. */
  readonly maxOpenRecords: number;
  /** How long records at work may take to finish before a re-join; below half the session time-out. */
  readonly rejoinDrainMs: number;
}

const LAST_COMMIT_DEADLINE_MS = 1_000;

/** One replica: carries out what its partitions bring, and commits only what is done. Knows no broker. */
export class DeliveryEngine implements GroupMember, DependencyCheck {
  readonly name: string;
  private readonly membership: Membership;
  private partitions = new Map<number, PartitionDelivery>();
  private readonly paused = new Set<number>();
  private pausedByOperator = false;
  private stopping = false;
  private failure: Error | undefined;
  private commitTimer: NodeJS.Timeout | undefined;
  private committing: Promise<void> | undefined;
  private commitFailed = false;
  private draining: Promise<void> | undefined;

  /** @param id the replica's name */
  constructor(
    readonly id: string,
    source: RecordSource,
    private readonly handler: RecordHandler,
    private readonly settings: DeliverySettings,
    private readonly logger: Logger,
    private readonly onFailure: (error: Error) => void,
  ) {
    this.name = `consumer ${id}`;
    this.membership = source.membership(this);
  }

  /** Joins the group; resolves when it is a member. */
  async start(): Promise<void> {
    this.commitTimer ??= setInterval(() => void this.commit(), this.settings.commitIntervalMs);
    await this.membership.join();
  }

  /** Finishes what is at work within `deadlineMs`, commits it, and leaves the group. */
  async stop(deadlineMs: number): Promise<void> {
    this.stopping = true;
    this.regulateAll();
    await this.drain(deadlineMs);
    clearInterval(this.commitTimer);
    await this.membership.leave();
  }

  /** Takes no new records, in a rebalance too, until `resume`; what is in hand goes on. */
  pause(): void {
    this.pausedByOperator = true;
    this.regulateAll();
  }

  resume(): void {
    this.pausedByOperator = false;
    this.regulateAll();
  }

  check(): Promise<DependencyState> {
    return Promise.resolve(this.state());
  }

  /** Joins may overlap: they share one drain. */
  async beforeRejoin(): Promise<void> {
    this.draining ??= this.drain(this.settings.rejoinDrainMs).finally(() => {
      this.draining = undefined;
    });
    await this.draining;
  }

  assigned(positions: Positions): void {
    this.partitions = new Map(
      [...positions].map(([partition, { position }]) => {
        const delivery = new PartitionDelivery(position, this.handler, () => {
          if (this.partitions.get(partition) === delivery) this.regulate(partition, delivery);
        });
        return [partition, delivery];
      }),
    );
    this.paused.clear();
    this.regulateAll();
    if (!this.stopping) this.logger.info('partitions assigned', { partitions: [...positions.keys()] });
  }

  received(batch: RecordBatch): bigint | undefined {
    const delivery = this.partitions.get(batch.partition);
    if (delivery === undefined || this.stopping) return undefined;
    const next = delivery.offer(batch);
    this.regulate(batch.partition, delivery);
    return next;
  }

  mayCommit(partition: number, position: bigint): boolean {
    return this.partitions.get(partition)?.mayCommit(position) ?? false;
  }

  failed(error: Error): void {
    this.failure = error;
    this.onFailure(error);
  }

  private state(): DependencyState {
    if (this.failure !== undefined) return { status: 'down', detail: this.failure.message };
    if (!this.membership.isActive()) return { status: 'down', detail: 'not a member of the group' };
    const halted = [...this.partitions].flatMap(([partition, { haltedAt }]) =>
      haltedAt === undefined ? [] : [`partition ${partition} is stopped at offset ${haltedAt.offset}`],
    );
    if (halted.length > 0) return { status: 'down', detail: halted.join(', ') };
    return { status: 'up', detail: `partitions ${[...this.partitions.keys()].join(', ') || 'none'}` };
  }

  private regulateAll(): void {
    for (const [partition, delivery] of this.partitions) this.regulate(partition, delivery);
  }

  /** Pauses or resumes a partition, whatever the reasons are. */
  private regulate(partition: number, { open, haltedAt }: PartitionDelivery): void {
    const { maxOpenRecords } = this.settings;
    const full = open >= (this.paused.has(partition) ? maxOpenRecords / 2 : maxOpenRecords);
    const pause = full || haltedAt !== undefined || this.pausedByOperator || this.stopping;
    if (pause && !this.paused.has(partition)) {
      this.paused.add(partition);
      this.membership.pause(partition);
    } else if (!pause && this.paused.delete(partition)) {
      this.membership.resume(partition);
    }
  }

  /** Lets what runs finish, commits it, then forgets the partitions: a later completion changes nothing. */
  private async drain(deadlineMs: number): Promise<void> {
    const partitions = this.partitions;
    await within(deadlineMs, Promise.all([...partitions.values()].map((delivery) => delivery.drain())));
    await within(
      LAST_COMMIT_DEADLINE_MS,
      (this.committing ?? Promise.resolve()).then(() => this.commit()),
    );
    if (this.partitions === partitions) this.partitions = new Map();
  }

  /** Never rejects: what could not be committed is committed at the next turn, or carried out again by the next owner. */
  private commit(): Promise<void> {
    this.committing ??= this.commitFinished().finally(() => {
      this.committing = undefined;
    });
    return this.committing;
  }

  private async commitFinished(): Promise<void> {
    const deliveries = this.partitions;
    const positions = new Map<number, CommittedPosition>();
    for (const [partition, { uncommitted }] of deliveries) {
      if (uncommitted !== undefined) positions.set(partition, { position: uncommitted, metadata: '' });
    }
    if (positions.size === 0) return;
    try {
      await this.membership.commit(positions);
      for (const [partition, { position }] of positions) deliveries.get(partition)?.wasCommitted(position);
      this.commitFailed = false;
    } catch (error) {
      if (!this.commitFailed) this.logger.warn('commits fail, they are tried again', { error });
      this.commitFailed = true;
    }
  }
}

/** Waits for `work`, at most `deadlineMs`. */
async function within(deadlineMs: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, deadlineMs);
  });
  try {
    await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
