import type { FeedEntry } from './feed.js';
import type { Logger } from './logger.js';

type Listener = (entry: FeedEntry) => void;

/** Those who follow a feed in this process. */
export class FeedListeners {
  private readonly listeners = new Map<object, Listener>();

  constructor(
    private readonly topic: string,
    private readonly logger: Logger,
  ) {}

  get isEmpty(): boolean {
    return this.listeners.size === 0;
  }

  /** Returns what takes it off. The same one may be added twice. */
  add(listener: Listener, onRemoved: () => void = () => undefined): () => void {
    const id = {};
    this.listeners.set(id, listener);
    return () => {
      if (this.listeners.delete(id)) onRemoved();
    };
  }

  tell(entry: FeedEntry): void {
    for (const listener of this.listeners.values()) {
      try {
        listener(entry);
      } catch (error) {
        this.logger.debug('a follower of a feed failed, it goes on', { topic: this.topic, error });
      }
    }
  }

  clear(): void {
    this.listeners.clear();
  }
}
