import type { Clock } from './clock.js';
import type { DependencyCheck, DependencyState } from './dependency-check.js';
import type { Logger } from './logger.js';
import { CircuitBreaker } from './circuit-breaker.js';
import { Commits } from './commits.js';
import { DELIVERY_DEFAULTS, type DeliverySettings } from './delivery-settings.js';
import { PartitionDelivery } from './partition-delivery.js';
import type { RecordHandler } from './record-handler.js';
import type {
  GroupMember,
  Membership,
  Positions,
  ReceivedRecord,
  RecordBatch,
  RecordSource,
} from './record-source.js';
import type { Replica } from './replica.js';
import { within } from './within.js';
import { systemTimers, type Timers } from './timers.js';

export const LAST_COMMIT_DEADLINE_MS = 1_000;

export interface EngineSurroundings {
  readonly timers: Timers;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The membership ended for good, and not because it was asked to. */
  onFailure(error: Error): void;
}

const SURROUNDINGS: EngineSurroundings = {
  timers: systemTimers,
  clock: { now: () => new Date() },
  logger: console,
  onFailure: () => undefined,
};

/** One replica: carries out what its partitions bring, and commits only what is done. Knows no broker. */
export class DeliveryEngine implements GroupMember, DependencyCheck, Replica {
  readonly name: string;
  readonly circuitBreaker: CircuitBreaker;
  readonly timers: Timers;
  private readonly membership: Membership;
  private readonly commits: Commits;
  private readonly logger: Logger;
  private partitions = new Map<number, PartitionDelivery>();
  /** What was this replica's before; it may know more than what was committed. */
  private readonly past = new Map<number, PartitionDelivery>();
  private readonly paused = new Set<number>();
  private pausedByOperator = false;
  private stopping = false;
  private failure: Error | undefined;
  private cancelCommit: (() => void) | undefined;
  private draining: Promise<void> | undefined;
  private pumpFrom = 0;
  readonly settings: DeliverySettings;
  private readonly surroundings: EngineSurroundings;

  /** @param id the replica's name, the same after a restart */
  constructor(
    readonly id: string,
    source: RecordSource,
    readonly handler: RecordHandler,
    settings: Partial<DeliverySettings> = {},
    surroundings: Partial<EngineSurroundings> = {},
  ) {
    this.name = `consumer ${id}`;
    this.settings = { ...DELIVERY_DEFAULTS, ...settings };
    this.surroundings = { ...SURROUNDINGS, ...surroundings };
    this.timers = this.surroundings.timers;
    this.logger = this.surroundings.logger;
    const onChange = () => {
      this.pumpFrom++;
      this.pumpAll();
    };
    const onRecovery = () => {
      for (const delivery of this.partitions.values()) delivery.recovered();
    };
    this.circuitBreaker = new CircuitBreaker(
      this.settings.retryInitialMs,
      this.timers,
      this.logger,
      onChange,
      onRecovery,
    );
    this.membership = source.membership(this);
    this.commits = new Commits(this.membership, this.logger);
  }

  /** Joins the group; resolves when it is a member. */
  async start(): Promise<void> {
    if (this.cancelCommit === undefined) this.commitRepeatedly();
    await this.membership.join();
  }

  /** Finishes what is at work within `deadlineMs`, commits it, and leaves the group. */
  async stop(deadlineMs: number): Promise<void> {
    this.stopping = true;
    this.regulateAll();
    await this.drain(deadlineMs);
    this.cancelCommit?.();
    this.circuitBreaker.stop();
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

  now(): number {
    return this.surroundings.clock.now().getTime();
  }

  /** A replica that was frozen may learn late that its partitions went to others: until the group answers it owns nothing. */
  owns(partition: number): boolean {
    return this.partitions.has(partition) && this.membership.isActive();
  }

  /** Joins may overlap: they share one drain. */
  async beforeRejoin(): Promise<void> {
    this.draining ??= this.drain(this.settings.rejoinDrainMs).finally(() => {
      this.draining = undefined;
    });
    await this.draining;
  }

  assigned(positions: Positions): void {
    this.loseAll();
    this.paused.clear();
    for (const [partition, start] of positions) {
      const delivery = new PartitionDelivery(partition, start, this, this.past.get(partition));
      this.partitions.set(partition, delivery);
    }
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
    this.surroundings.onFailure(error);
  }

  progressed(partition: number): void {
    const delivery = this.partitions.get(partition);
    if (delivery !== undefined) this.regulate(partition, delivery);
  }

  timedOut({ topic, partition, offset }: ReceivedRecord): void {
    this.logger.warn('an attempt is over its time and was told to stop', { topic, partition, offset });
  }

  deadLetterFailed({ topic, partition, offset }: ReceivedRecord, error: unknown): void {
    this.logger.error('a dead letter was not taken, it is tried again', { topic, partition, offset, error });
  }

  private state(): DependencyState {
    if (this.failure !== undefined) return { status: 'down', detail: this.failure.message };
    if (!this.membership.isActive()) return { status: 'down', detail: 'not a member of the group' };
    const deliveries = [...this.partitions.values()];
    // with nothing in hand nothing waits, and nothing can show that the dependency is back
    if (this.circuitBreaker.isOpen && deliveries.some(({ isEmpty }) => !isEmpty)) {
      return { status: 'down', detail: `waits: ${this.circuitBreaker.reason}` };
    }
    const letters = deliveries.reduce((sum, { unsentDeadLetters }) => sum + unsentDeadLetters, 0);
    if (letters > 0)
      return { status: 'down', detail: `${letters} records can’t be put into the dead letters` };
    return { status: 'up', detail: `partitions ${[...this.partitions.keys()].join(', ') || 'none'}` };
  }

  /** Each probe begins with another partition, so that no poisoned one is always first. */
  private pumpAll(): void {
    const deliveries = [...this.partitions.values()];
    deliveries.forEach((_, index) => deliveries[(index + this.pumpFrom) % deliveries.length]?.pump());
  }

  private regulateAll(): void {
    for (const [partition, delivery] of this.partitions) this.regulate(partition, delivery);
  }

  /** Pauses or resumes a partition, whatever the reasons are. */
  private regulate(partition: number, delivery: PartitionDelivery): void {
    const isPaused = this.paused.has(partition);
    const isFull = delivery.holds(isPaused ? 0.5 : 1);
    const pause = isFull || this.pausedByOperator || this.stopping;
    if (pause === isPaused) return;
    if (pause) {
      this.paused.add(partition);
      this.membership.pause(partition);
    } else {
      this.paused.delete(partition);
      this.membership.resume(partition);
    }
  }

  /** Lets what runs finish, commits it, then lets go of the partitions: a later completion commits nothing. */
  private async drain(deadlineMs: number): Promise<void> {
    const { partitions } = this;
    const settled = Promise.all([...partitions.values()].map((delivery) => delivery.drain()));
    await within(deadlineMs, settled, this.timers);
    await within(LAST_COMMIT_DEADLINE_MS, this.commits.commitAll(partitions), this.timers);
    if (this.partitions === partitions) this.loseAll();
  }

  private loseAll(): void {
    for (const [partition, delivery] of this.partitions) {
      delivery.lose();
      this.past.set(partition, delivery);
    }
    this.partitions = new Map();
  }

  /** At each turn the partitions are pumped too: the lease may have come back. */
  private commitRepeatedly(): void {
    this.cancelCommit = this.timers.after(this.settings.commitIntervalMs, () => {
      this.pumpAll();
      void this.commits.commit(this.partitions);
      this.commitRepeatedly();
    });
  }
}
