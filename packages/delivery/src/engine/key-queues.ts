/** Items of one key, in order; the first one is the one that may be at work. */
export interface KeyQueue<T> {
  readonly key: string;
  readonly items: T[];
}

/** Items of one key strictly one after another, items of different keys side by side; whose turn it is goes round. */
export class KeyQueues<T> {
  private readonly lanes = new Map<string, KeyQueue<T>>();
  private readonly ready: KeyQueue<T>[] = [];

  add(key: string, item: T): void {
    const lane = this.lanes.get(key);
    if (lane !== undefined) {
      lane.items.push(item);
      return;
    }
    const newLane = { key, items: [item] };
    this.lanes.set(key, newLane);
    this.ready.push(newLane);
  }

  get hasReady(): boolean {
    return this.ready.length > 0;
  }

  /** Takes the lane whose turn it is; it comes back by `finished` or `again`. */
  take(): KeyQueue<T> | undefined {
    return this.ready.shift();
  }

  /** Takes the last lane whose first item is wanted, or the one whose turn it is where there is none. */
  takeLast(isWanted: (item: T) => boolean): KeyQueue<T> | undefined {
    const last = this.ready.findLastIndex(({ items: [first] }) => first !== undefined && isWanted(first));
    return last === -1 ? this.take() : this.ready.splice(last, 1)[0];
  }

  /** The first item of a lane is done: the next one is ready. */
  finished(lane: KeyQueue<T>): void {
    lane.items.shift();
    if (lane.items.length > 0) this.ready.push(lane);
    else this.lanes.delete(lane.key);
  }

  clear(): void {
    this.lanes.clear();
    this.ready.length = 0;
  }

  /** The first item of a lane is to be taken once more. */
  again(lane: KeyQueue<T>): void {
    this.ready.push(lane);
  }
}
