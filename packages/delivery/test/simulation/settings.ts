import type { DeliverySettings } from '../../src/engine/delivery-settings.js';
import type { RetryPolicy } from '../../src/engine/retry-then-dead-letter.js';
import type { CallTimes } from './model-dependency.js';
import type { Random } from './random.js';

/** What a history runs with; the times keep the proportions of the real ones. */
export interface SimulationSettings {
  /** Nothing happens that may have a record redelivered. */
  readonly gentle: boolean;
  /** Some calls take longer than the session, or never end. */
  readonly hasLongCalls: boolean;
  readonly partitions: number;
  readonly replicas: number;
  readonly records: number;
  /** For how long records and faults come. */
  readonly forMs: number;
  readonly fetchLimit: number;
  readonly stopDeadlineMs: number;
  readonly drainWithinMs: number;
  readonly group: {
    readonly sessionTimeoutMs: number;
    readonly heartbeatIntervalMs: number;
    readonly rebalanceTimeoutMs: number;
  };
  readonly delivery: DeliverySettings;
  readonly retries: RetryPolicy;
  readonly calls: CallTimes;
}

const RETRIES = { initialMs: 50, maxMs: 1_000 };

export function drawSettings(random: Random): SimulationSettings {
  const gentle = random.chance(0.2);
  return {
    gentle,
    hasLongCalls: !gentle && random.chance(0.3),
    partitions: random.int(1, 4),
    replicas: random.int(1, 4),
    records: random.int(50, random.pick([80, 80, 300])),
    forMs: random.int(2_000, 6_000),
    fetchLimit: random.int(1, 30),
    stopDeadlineMs: 1_500,
    drainWithinMs: 60_000,
    group: { sessionTimeoutMs: 2_000, heartbeatIntervalMs: 400, rebalanceTimeoutMs: 2_500 },
    delivery: {
      concurrency: random.int(6, 20),
      maxPendingRecords: random.int(40, 100),
      maxPendingBytes: random.pick([3_000, 100_000]),
      commitIntervalMs: random.int(100, 400),
      handlerTimeoutMs: 3_000,
      rejoinDrainMs: 600,
      retryInitialMs: RETRIES.initialMs,
      retryMaxMs: RETRIES.maxMs,
    },
    retries: { ...RETRIES, maxAttempts: random.int(4, 5) },
    calls: { quickMs: random.pick([10, 50, 200]), slowMs: 2_400 },
  };
}
