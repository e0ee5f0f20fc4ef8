import {
  DeliveryEngine,
  type DeliverySettings,
  type EngineSurroundings,
  type RecordSource,
} from '@order-service/delivery';
import type { DependencyCheck, DependencyState } from '../../application/ports/dependency-check.js';
import type { OrderMessageHandler } from './order-message-handler.js';

/**
 * A replica: one member of the consumer group. The delivery engine reads the records of its partitions from `source` and hands
 * each to `handler`, which processes or dead-letters its order; only then is the record's offset committed.
 */
export class OrderConsumer implements DependencyCheck {
  readonly name: string;
  private readonly engine: DeliveryEngine;

  /** @param replica its name, the same after a restart */
  constructor(
    replica: string,
    source: RecordSource,
    handler: OrderMessageHandler,
    settings: DeliverySettings,
    surroundings: EngineSurroundings,
  ) {
    this.name = `consumer ${replica}`;
    this.engine = new DeliveryEngine(replica, source, handler, settings, surroundings);
  }

  /** Joins the group; returns when it is a member. */
  start(): Promise<void> {
    return this.engine.start();
  }

  /** Finishes what is in flight within `deadlineMs`, commits what is completed, and leaves the group. */
  stop(deadlineMs: number): Promise<void> {
    return this.engine.stop(deadlineMs);
  }

  /** Up while it is a member of the group and no record waits for a dependency. */
  check(): Promise<DependencyState> {
    return this.engine.check();
  }
}
