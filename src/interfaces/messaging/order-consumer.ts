import {
  DeliveryEngine,
  type EngineSurroundings,
  type DeliverySettings,
  type RecordSource,
} from '@order-service/delivery';
import type { DependencyCheck, DependencyState } from '../../application/ports/dependency-check.js';
import type { OrderMessageHandler } from './order-message-handler.js';

/** A replica: one member of the consumer group, with {@link OrderMessageHandler} for each order of its partitions. */
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

  /** Joins the group; resolves when it is a member. */
  start(): Promise<void> {
    return this.engine.start();
  }

  /** Finishes what is in flight within `deadlineMs`, commits it, and leaves the group. */
  stop(deadlineMs: number): Promise<void> {
    return this.engine.stop(deadlineMs);
  }

  check(): Promise<DependencyState> {
    return this.engine.check();
  }
}
