/** Items of one key, in order; only the first one may be in flight. */
export interface KeyQueue<T> {
  readonly key: string;
  readonly items: T[];
}

/** Items of one key strictly one after another, items of different keys concurrently; the keys take turns. */
export class KeyQueues<T> {
  private readonly queues = new Map<string, KeyQueue<T>>();
  private readonly ready: KeyQueue<T>[] = [];

  add(key: string, item: T): void {
    let queue = this.queues.get(key);
    if (queue === undefined) {
      queue = { key, items: [] };
      this.queues.set(key, queue);
      this.ready.push(queue);
    }
    queue.items.push(item);
  }

  get hasReady(): boolean {
    return this.ready.length > 0;
  }

  /** Takes the queue whose turn it is. `advance` or `putBack` returns it. */
  take(): KeyQueue<T> | undefined {
    return this.ready.shift();
  }

  /** Takes the last queue whose first item is wanted, or the one whose turn it is where there is none. */
  takeLast(isWanted: (item: T) => boolean): KeyQueue<T> | undefined {
    const last = this.ready.findLastIndex(({ items: [first] }) => first !== undefined && isWanted(first));
    return last === -1 ? this.take() : this.ready.splice(last, 1)[0];
  }

  /** The first item of a queue is completed: the next one is ready. */
  advance(queue: KeyQueue<T>): void {
    queue.items.shift();
    if (queue.items.length > 0) this.ready.push(queue);
    else this.queues.delete(queue.key);
  }

  /** The first item of a queue is ready once more. */
  putBack(queue: KeyQueue<T>): void {
    this.ready.push(queue);
  }

  clear(): void {
    this.queues.clear();
    this.ready.length = 0;
  }
}
