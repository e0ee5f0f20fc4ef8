import type { Positions } from '../../src/engine/record-source.js';
import type { Logger } from '../../src/engine/logger.js';
import { silentLogger } from '../../src/contract/silent-logger.js';
import { NotingLogger } from './noting-logger.js';
import { fineConditions } from './conditions.js';
import type { CommittedSample } from './history.js';
import { ModelCoordinator, type Speaker } from './model-coordinator.js';
import { ModelDeadLetters } from './model-dead-letters.js';
import { ModelDependency } from './model-dependency.js';
import { ModelLog } from './model-log.js';
import { ModelStore } from './model-store.js';
import { Random } from './random.js';
import { Scheduler } from './scheduler.js';
import { drawSettings, type SimulationSettings } from './settings.js';
import { Watch } from './watch.js';

const EPOCH = Date.UTC(2026, 0, 2);

/** Everything that is not a replica, made from one seed. */
export class World {
  readonly scheduler = new Scheduler();
  readonly conditions = fineConditions();
  readonly random: Random;
  readonly settings: SimulationSettings;
  readonly log: ModelLog;
  readonly coordinator: ModelCoordinator;
  readonly store: ModelStore;
  readonly deadLetters: ModelDeadLetters;
  readonly dependency: ModelDependency;
  readonly watch: Watch;
  readonly commits: CommittedSample[] = [];
  /** What happened, a line each. */
  readonly notes: string[] = [];
  private readonly failures: unknown[] = [];
  private memberIds = 0;

  /** @param isVerbose notes what the replicas log, too */
  constructor(
    seed: number,
    private readonly isVerbose = false,
  ) {
    const { scheduler, conditions } = this;
    this.random = new Random(seed);
    this.settings = drawSettings(this.random.fork());
    const { gentle, partitions, group, calls, retries, delivery, fetchLimit } = this.settings;
    const starts = Array.from({ length: partitions }, () => this.random.pick([0, 0, 1_000]));
    this.log = new ModelLog('items', starts);
    this.coordinator = new ModelCoordinator(scheduler, partitions, group, (speaker, positions) => {
      this.committed(speaker, positions);
    });
    this.store = new ModelStore(scheduler, conditions, this.random.fork());
    this.deadLetters = new ModelDeadLetters(scheduler, conditions, this.random.fork());
    this.dependency = new ModelDependency(scheduler, conditions, calls, this.random.fork());
    const limits = {
      gentle,
      maxAttempts: retries.maxAttempts,
      maxPending: delivery.maxPendingRecords + 2 * fetchLimit,
    };
    this.watch = new Watch(limits, (partition) => this.coordinator.ownerOf(partition));
  }

  /** The time of day, the same for all. */
  date(): Date {
    return new Date(EPOCH + this.scheduler.now);
  }

  nextMemberId(): number {
    return ++this.memberIds;
  }

  loggerOf(replica: string): Logger {
    if (!this.isVerbose) return silentLogger;
    return new NotingLogger((line) => {
      this.note(`${replica}: ${line}`);
    });
  }

  note(text: string): void {
    this.notes.push(`${this.scheduler.now} ${text}`);
  }

  committedUpTo(partition: number): number {
    return Number(this.coordinator.committed(partition)?.position ?? this.log.start(partition));
  }

  /** All records of the log are completed and committed. */
  get isDrained(): boolean {
    for (let partition = 0; partition < this.log.partitionCount; partition++) {
      if (this.committedUpTo(partition) !== this.log.end(partition)) return false;
    }
    return true;
  }

  /** What must never be rejected was. */
  unexpected(error: unknown): void {
    this.failures.push(error);
  }

  /** What can only be seen from inside. */
  brokenPromises(): { rule: string; text: string }[] {
    const { maxAttempts } = this.settings.retries;
    const early = this.deadLetters.appended
      .filter(({ reason, attempts }) => reason === 'exhausted' && attempts !== maxAttempts)
      .map(({ partition, offset, attempts }) => `${partition}@${offset}, attempts ${attempts}`);
    return [
      ...this.watch.broken,
      ...early.map((text) => ({ rule: 'attempts', text })),
      ...this.failures.map((error) => ({ rule: 'no failure', text: String(error) })),
    ];
  }

  private committed({ instanceId, generation }: Speaker, positions: Positions): void {
    for (const [partition, { position, metadata }] of positions) {
      this.commits.push({ at: this.scheduler.now, partition, position: Number(position) });
      this.note(`${instanceId} commits ${partition}@${position} in generation ${generation} ${metadata}`);
    }
  }
}
