import { CircuitBreaker } from './circuit-breaker.js';
import { systemClock, type Clock } from './clock.js';
import { Commits } from './commits.js';
import { before } from './deadline.js';
import {
  harmless,
  type DeliveryObserver,
  type EngineState,
  type PartitionState,
  type PauseReason,
} from './delivery-events.js';
import { DELIVERY_DEFAULTS, type DeliverySettings } from './delivery-settings.js';
import type { DependencyCheck, DependencyState } from './dependency-check.js';
import { consoleLogger, type Logger } from './logger.js';
import { PartitionDelivery } from './partition-delivery.js';
import type { RecordHandler } from './record-handler.js';
import type { GroupMember, Membership, Positions, RecordBatch, RecordSource } from './record-source.js';
import { replicaState } from './replica-state.js';
import type { Replica } from './replica.js';
import { systemTimers, type Timers } from './timers.js';

export const LAST_COMMIT_DEADLINE_MS = 1_000;

export interface EngineSurroundings {
  readonly timers: Timers;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The membership ended for good, and not because it was asked to. */
  readonly onFailure: (error: Error) => void;
  /** Nobody by default. */
  readonly observer?: DeliveryObserver | undefined;
}

/** One replica: processes the records of its partitions, and commits only what is completed. Knows no broker. */
export class DeliveryEngine implements GroupMember, DependencyCheck, Replica {
  readonly name: string;
  readonly settings: DeliverySettings;
  readonly circuitBreaker: CircuitBreaker;
  readonly timers: Timers;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly observe: DeliveryObserver | undefined;
  private readonly onFailure: (error: Error) => void;
  private readonly membership: Membership;
  private readonly commits: Commits;
  private partitions = new Map<number, PartitionDelivery>();
  /** What was this replica's before; it may know more than what was committed. */
  private readonly past = new Map<number, PartitionDelivery>();
  private pausedByOperator: PauseReason | undefined;
  private stopping = false;
  private failure: Error | undefined;
  private cancelCommit: (() => void) | undefined;
  private draining: Promise<void> | undefined;
  private turn = 0;
  private rebalancingSince: number | undefined;
  private hasLeft = false;
  private toldState: EngineState = 'joining';

  /**
   * @param id the replica's name, the same after a restart
   * @param settings by default {@link DELIVERY_DEFAULTS}
   * @param surroundings by default the system's time and `console` without debug lines, and a failure is logged
   */
  constructor(
    readonly id: string,
    source: RecordSource,
    readonly handler: RecordHandler,
    settings: Partial<DeliverySettings> = {},
    surroundings: Partial<EngineSurroundings> = {},
  ) {
    this.name = `consumer ${id}`;
    this.settings = { ...DELIVERY_DEFAULTS, ...settings };
    const { timers = systemTimers, clock = systemClock, logger = consoleLogger, observer } = surroundings;
    this.timers = timers;
    this.clock = clock;
    this.logger = logger;
    this.observe = observer && harmless(observer, logger);
    this.onFailure = surroundings.onFailure ?? ((error) => logger.error('the membership ended', { error }));
    this.circuitBreaker = new CircuitBreaker(this.settings.retryInitialMs, timers, logger, () => {
      this.turn++;
      if (!this.circuitBreaker.isOpen) for (const delivery of this.partitions.values()) delivery.recovered();
      this.startReady();
    });
    this.membership = source.membership(this);
    this.commits = new Commits(this.membership, logger, timers, this.observe);
    this.rebalancingSince = timers.now();
  }

  /** Joins the group; resolves when it is a member. */
  async start(): Promise<void> {
    this.rebalancingSince = this.timers.now();
    await this.membership.join();
  }

  /** Finishes what is in flight within `deadlineMs`, commits it, and leaves the group. */
  async stop(deadlineMs: number): Promise<void> {
    this.stopping = true;
    this.tellState();
    this.regulateAll();
    await this.drain(deadlineMs);
    this.cancelCommit?.();
    this.circuitBreaker.stop();
    await this.membership.leave();
    this.hasLeft = true;
    this.tellState();
  }

  /** Takes no new records, after a rebalance too, until `resume`; pending ones go on. */
  pause(): void {
    this.pausedByOperator = 'operator';
    this.tellState();
    this.regulateAll();
  }

  resume(): void {
    this.pausedByOperator = undefined;
    this.tellState();
    this.regulateAll();
  }

  /** What it does at this moment. */
  get state(): EngineState {
    if (this.failure !== undefined || this.hasLeft) return 'stopped';
    if (this.stopping || this.draining !== undefined) return 'draining';
    if (this.rebalancingSince !== undefined || !this.membership.isActive()) return 'joining';
    return this.pausedByOperator === undefined ? 'working' : 'paused';
  }

  /** The partitions of this replica at this moment. */
  partitionStates(): PartitionState[] {
    return [...this.partitions.values()].map(({ state }) => state);
  }

  async check(): Promise<DependencyState> {
    return replicaState(this.failure, this.membership, this.circuitBreaker, this.partitions);
  }

  /** A replica that was frozen may learn too late that its partitions went to others: its lease must be valid, too. */
  owns(partition: number): boolean {
    return this.partitions.has(partition) && this.membership.isActive();
  }

  /** Joins may overlap: they share one drain. */
  async beforeRejoin(): Promise<void> {
    this.rebalancingSince ??= this.timers.now();
    this.draining ??= this.drain(this.settings.rejoinDrainMs).finally(() => {
      this.draining = undefined;
      this.tellState();
    });
    this.tellState();
    await this.draining;
  }

  assigned(positions: Positions): void {
    this.loseAll();
    for (const [partition, start] of positions) {
      const delivery = new PartitionDelivery(partition, start, this, this.past.get(partition));
      this.partitions.set(partition, delivery);
    }
    this.regulateAll();
    this.commitSoon();
    const now = this.timers.now();
    this.observe?.({ kind: 'rebalanced', durationMs: now - (this.rebalancingSince ?? now) });
    this.rebalancingSince = undefined;
    this.tellState();
    if (!this.stopping) this.logger.info('partitions assigned', { partitions: [...positions.keys()] });
  }

  received(batch: RecordBatch): bigint | undefined {
    const delivery = this.partitions.get(batch.partition);
    if (delivery === undefined || this.stopping) return undefined;
    const next = delivery.receive(batch);
    this.regulate(delivery);
    this.commitSoon();
    return next;
  }

  mayCommit(partition: number, position: bigint): boolean {
    return this.partitions.get(partition)?.mayCommit(position) ?? false;
  }

  failed(error: Error): void {
    this.failure = error;
    this.tellState();
    this.onFailure(error);
  }

  progressed(partition: number): void {
    const delivery = this.partitions.get(partition);
    if (delivery !== undefined) this.regulate(delivery);
  }

  private tellState(): void {
    const { state } = this;
    if (state !== this.toldState) this.observe?.({ kind: 'state-changed', state });
    this.toldState = state;
  }

  /** Another partition comes first each time, so that trials don't all go to a poisoned one. */
  private startReady(): void {
    const deliveries = [...this.partitions.values()];
    deliveries.forEach((_, index) => deliveries[(index + this.turn) % deliveries.length]?.startReady());
  }

  private regulateAll(): void {
    for (const delivery of this.partitions.values()) this.regulate(delivery);
  }

  /** Pauses or resumes a partition, whatever the reasons are. */
  private regulate(delivery: PartitionDelivery): void {
    const { partition, paused } = delivery;
    const ofAll = this.stopping ? 'stopping' : this.pausedByOperator;
    const reason = (delivery.paused = ofAll ?? delivery.reached(paused === undefined ? 1 : 0.5));
    if ((reason === undefined) === (paused === undefined)) return;
    this.logger.debug(reason === undefined ? 'reading resumed' : 'reading paused', { partition, reason });
    if (reason === undefined) this.membership.resume(partition);
    else this.membership.pause(partition);
  }

  /** Lets what is in flight finish, commits it, then forgets the partitions: a later completion commits nothing. */
  private async drain(deadlineMs: number): Promise<void> {
    const { partitions } = this;
    const drained = Promise.all([...partitions.values()].map((delivery) => delivery.drain()));
    await this.within(deadlineMs, drained, 'records are still in flight, they may be redelivered');
    const committed = this.commits.commitAll(partitions);
    await this.within(LAST_COMMIT_DEADLINE_MS, committed, 'a commit got no response in time');
    if (this.partitions === partitions) this.loseAll();
  }

  /** Goes on without `work`, which never rejects, when it takes longer. */
  private async within(deadlineMs: number, work: Promise<unknown>, overdue: string): Promise<void> {
    await before(deadlineMs, work, this.timers).catch(() => {
      this.logger.warn(overdue, { deadlineMs });
    });
  }

  private loseAll(): void {
    for (const [partition, delivery] of this.partitions) {
      delivery.lose();
      this.past.set(partition, delivery);
    }
    this.partitions = new Map();
  }

  /** And again until nothing is left to do. Starts what is ready each time, too: the lease may be valid again. */
  private commitSoon(): void {
    this.cancelCommit ??= this.timers.after(this.settings.commitIntervalMs, () => {
      this.cancelCommit = undefined;
      this.startReady();
      void this.commits.commit(this.partitions);
      if ([...this.partitions.values()].some(({ isSettled }) => !isSettled)) this.commitSoon();
    });
  }
}
