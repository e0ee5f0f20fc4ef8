import type { DeliveryObserver } from './delivery-events.js';
import type { Logger } from './logger.js';
import type { PartitionDelivery } from './partition-delivery.js';
import type { CommittedPosition, Membership } from './record-source.js';
import type { Timers } from './timers.js';

/** Commits what partitions have completed, one commit in flight. What could not be committed is left for the next. */
export class Commits {
  private inFlight: Promise<void> | undefined;
  private failing = false;

  constructor(
    private readonly membership: Membership,
    private readonly logger: Logger,
    private readonly timers: Timers,
    private readonly observe: DeliveryObserver | undefined,
  ) {}

  /** Shares the commit in flight, if there is one. Never rejects. */
  commit(partitions: ReadonlyMap<number, PartitionDelivery>): Promise<void> {
    this.inFlight ??= this.send(partitions).finally(() => {
      this.inFlight = undefined;
    });
    return this.inFlight;
  }

  /** Commits what the commit in flight may lack, too. Never rejects. */
  async commitAll(partitions: ReadonlyMap<number, PartitionDelivery>): Promise<void> {
    await this.inFlight;
    await this.commit(partitions);
  }

  private async send(partitions: ReadonlyMap<number, PartitionDelivery>): Promise<void> {
    const commits = new Map<number, CommittedPosition>();
    for (const [partition, { uncommitted }] of partitions) {
      if (uncommitted !== undefined) commits.set(partition, uncommitted);
    }
    if (commits.size === 0) return;
    const startedAt = this.timers.now();
    try {
      await this.membership.commit(commits);
      for (const [partition, commit] of commits) partitions.get(partition)?.wasCommitted(commit);
      this.failing = false;
      this.logger.debug('offsets committed', { positions: positionsOf(commits) });
      this.observe?.({ kind: 'commit-finished', durationMs: this.timers.now() - startedAt });
    } catch (error) {
      if (!this.failing) this.logger.warn('commits fail, they are retried', { error });
      this.failing = true;
      this.observe?.({ kind: 'commit-finished', durationMs: this.timers.now() - startedAt, error });
    }
  }
}

/** By partition. */
function positionsOf(commits: ReadonlyMap<number, CommittedPosition>): Record<number, bigint> {
  return Object.fromEntries([...commits].map(([partition, { position }]) => [partition, position]));
}
