export interface DeliverySettings {
  /** Records of one partition at work at the same time. */
  readonly concurrency: number;
  /** A partition with this many records in hand (at work, waiting, queued) is paused until it has half as many. */
  readonly maxOpenRecords: number;
  /** The same, in bytes of keys, values and headers. */
  readonly maxOpenBytes: number;
  /** How often what is done is committed. */
  readonly commitIntervalMs: number;
  /** An attempt that takes longer is aborted. */
  readonly handlerTimeoutMs: number;
  /** How long records at work may take to finish before a re-join; below half the session time-out. */
  readonly rejoinDrainMs: number;
  /** The delay after a dead letter could not be written, and before an absent dependency is probed. Both double. */
  readonly retryInitialMs: number;
  readonly retryMaxMs: number;
}
