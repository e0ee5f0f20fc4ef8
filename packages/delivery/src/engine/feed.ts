/** What is appended to a feed. */
export interface FeedEntry {
  readonly key: string;
  readonly value: Uint8Array;
}

export interface FeedSettings {
  /** Of its own, with one partition. */
  readonly topic: string;
  /** Whether all entries are kept for ever, as a record. By default they are compacted by key, and deleted after minutes. */
  readonly isRecord?: boolean;
  /** Larger values are not appended. 32 KiB by default. */
  readonly maxValueBytes?: number;
}

export const FEED_DEFAULTS = { maxValueBytes: 32 * 1024 } as const;

/**
 * News of the moment, which anybody appends and anybody follows, without a group. Nothing depends on it: what can't be appended
 * or read soon is lost, and nobody waits for it.
 */
export interface Feed {
  /**
   * Returns whether this entry, or a newer one of its key, was appended; `false` soon when the brokers are unavailable. One
   * append is in flight; of what waits meanwhile the newest of each key counts. Never rejects.
   */
  append(key: string, value: Uint8Array): Promise<boolean>;
  /**
   * Tells `listener` each entry that is appended from now on, in their order; goes on after an outage. Where the topic has let
   * go of entries before they were read, those are left out. What the listener throws is logged, and has no effect.
   * Returns what ends that.
   */
  follow(listener: (entry: FeedEntry) => void): () => void;
}
