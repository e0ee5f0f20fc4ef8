export interface DeliverySettings {
  /** Records of one partition in flight at the same time. */
  readonly concurrency: number;
  /**
   * A partition with this many records pending is paused until it has half as many; so is one with ten times as many that
   * are completed beyond a pending one and in no commit: a kill has them redelivered.
   */
  readonly maxPendingRecords: number;
  /** The same, in bytes of keys, values and headers. */
  readonly maxPendingBytes: number;
  /** How often the low-water mark is committed. */
  readonly commitIntervalMs: number;
  /** An attempt that takes longer is aborted. */
  readonly handlerTimeoutMs: number;
  /** How long records in flight may take to complete before a re-join; below half the session time-out. */
  readonly rejoinDrainMs: number;
  /** The delay after a record could not be dead-lettered, and before a trial of an unavailable dependency. Both double. */
  readonly retryInitialMs: number;
  /** The most of the first; trials come at least every 2 s. */
  readonly retryMaxMs: number;
}

export const DELIVERY_DEFAULTS: DeliverySettings = {
  concurrency: 200,
  maxPendingRecords: 10_000,
  maxPendingBytes: 16 * 1024 * 1024,
  commitIntervalMs: 200,
  handlerTimeoutMs: 30_000,
  rejoinDrainMs: 4_000,
  retryInitialMs: 200,
  retryMaxMs: 30_000,
};
