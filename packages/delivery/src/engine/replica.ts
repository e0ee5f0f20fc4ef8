import type { DeliverySettings } from './delivery-settings.js';
import type { RecordHandler } from './record-handler.js';
import type { ReceivedRecord } from './record-source.js';
import type { Timers } from './timers.js';

/** What the delivery of a partition needs of its replica. */
export interface Replica {
  readonly handler: RecordHandler;
  readonly settings: DeliverySettings;
  readonly timers: Timers;
  /** In ms since the epoch. */
  now(): number;
  /** Whether the partition is surely this replica's at this moment. */
  owns(partition: number): boolean;
  readonly circuitBreaker: {
    readonly isOpen: boolean;
    readonly successes: number;
    admits(): boolean;
    succeeded(): void;
    unavailable(error: unknown, retryAfterMs?: number): void;
    suspect(key: string, error: unknown, retryAfterMs?: number): boolean;
    closedSince(time: number): boolean;
  };
  /** There is less in hand in a partition. */
  progressed(partition: number): void;
  /** An attempt is over its time; it keeps its slot until it settles. */
  timedOut(record: ReceivedRecord): void;
  deadLetterFailed(record: ReceivedRecord, error: unknown): void;
}
