import type { CircuitBreaker } from './circuit-breaker.js';
import type { Clock } from './clock.js';
import type { DeliveryObserver } from './delivery-events.js';
import type { DeliverySettings } from './delivery-settings.js';
import type { Logger } from './logger.js';
import type { RecordHandler } from './record-handler.js';
import type { Timers } from './timers.js';

/** What the delivery of a partition needs of its replica. */
export interface Replica {
  readonly handler: RecordHandler;
  readonly settings: DeliverySettings;
  readonly circuitBreaker: CircuitBreaker;
  readonly timers: Timers;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Never throws. */
  readonly observe: DeliveryObserver | undefined;
  /** Whether the partition is surely this replica's at this moment. */
  owns(partition: number): boolean;
  /** Fewer records of a partition are pending or uncommitted. */
  progressed(partition: number): void;
}
