import { FEED_DEFAULTS, type Feed, type FeedEntry, type FeedSettings } from '../engine/feed.js';
import { FeedListeners } from '../engine/feed-listeners.js';
import type { Logger } from '../engine/logger.js';

/** A feed among those who are in this process. It keeps nothing. */
export class InMemoryFeed implements Feed {
  private readonly listeners: FeedListeners;
  private readonly maxValueBytes: number;
  private waiting: FeedEntry[] = [];
  private closed = false;

  constructor({ topic, maxValueBytes = FEED_DEFAULTS.maxValueBytes }: FeedSettings, logger: Logger) {
    this.listeners = new FeedListeners(topic, logger);
    this.maxValueBytes = maxValueBytes;
  }

  append(key: string, value: Uint8Array): Promise<boolean> {
    if (this.closed || value.byteLength > this.maxValueBytes) return Promise.resolve(false);
    if (this.listeners.isEmpty) return Promise.resolve(true);
    if (this.waiting.length === 0) setImmediate(() => this.deliver());
    this.waiting.push({ key, value: Uint8Array.from(value) });
    return Promise.resolve(true);
  }

  follow(listener: (entry: FeedEntry) => void): () => void {
    return this.closed ? () => undefined : this.listeners.add(listener);
  }

  close(): void {
    this.closed = true;
    this.deliver();
    this.listeners.clear();
  }

  private deliver(): void {
    for (const entry of this.waiting.splice(0)) this.listeners.tell(entry);
  }
}
