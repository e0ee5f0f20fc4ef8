import {
  DeliveryEngine,
  type DeliverySettings,
  type EngineState,
  type EngineSurroundings,
  type PartitionState,
  type RecordHandler,
  type RecordSource,
} from '@order-service/delivery';
import type { DeadLetterReason } from '../../application/ports/dead-letters.js';
import type { DependencyCheck, DependencyState } from '../../application/ports/dependency-check.js';
import type { ReplicaReporter } from './replica-reporter.js';

/**
 * A replica: one member of the consumer group. The delivery engine reads the records of its partitions from `source` and hands
 * each to `handler`, which processes or dead-letters its order; only then is the record's offset committed.
 */
export class OrderConsumer implements DependencyCheck {
  readonly name: string;
  private readonly engine: DeliveryEngine;
  private stopping: Promise<void> | undefined;

  /** @param replica its name, the same after a restart */
  constructor(
    readonly replica: string,
    source: RecordSource,
    handler: RecordHandler<DeadLetterReason>,
    settings: DeliverySettings,
    surroundings: EngineSurroundings,
    private readonly reporter?: Pick<ReplicaReporter, 'watch'>,
  ) {
    this.name = `consumer ${replica}`;
    this.engine = new DeliveryEngine(replica, source, handler, settings, surroundings);
  }

  /** Joins the group; returns when it is a member. */
  start(): Promise<void> {
    this.reporter?.watch(this);
    return this.engine.start();
  }

  /** Finishes what is in flight within `deadlineMs`, commits what is completed, and leaves the group; once. */
  stop(deadlineMs: number): Promise<void> {
    return (this.stopping ??= this.engine.stop(deadlineMs));
  }

  /** Takes no new records until `resume`; pending ones go on. */
  pause(): void {
    this.engine.pause();
  }

  resume(): void {
    this.engine.resume();
  }

  get state(): EngineState {
    return this.engine.state;
  }

  get isCircuitBreakerOpen(): boolean {
    return this.engine.circuitBreaker.isOpen;
  }

  /** Why it is open. */
  get circuitBreakerReason(): string | undefined {
    return this.engine.circuitBreaker.reason;
  }

  /** Its partitions at this moment. */
  partitionStates(): PartitionState[] {
    return this.engine.partitionStates();
  }

  /** Up while it is a member of the group and no record waits for a dependency. */
  check(): Promise<DependencyState> {
    return this.engine.check();
  }
}
