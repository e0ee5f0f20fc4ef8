interface Event {
  readonly at: number;
  readonly sequence: number;
  callback: (() => void) | undefined;
}

/** Virtual time: events fire in the order of their times, those of one time in the order they were asked for. */
export class Scheduler {
  now = 0;
  private sequence = 0;
  /** A binary heap, the next event first. */
  private readonly heap: Event[] = [];

  /** What it returns cancels the event. */
  after(delayMs: number, callback: () => void): () => void {
    const event: Event = { at: this.now + Math.max(0, delayMs), sequence: this.sequence++, callback };
    this.push(event);
    return () => {
      event.callback = undefined;
    };
  }

  /** Fires the next event, then lets every promise settle that can. Returns `false` when there is none. */
  async step(): Promise<boolean> {
    let event = this.pop();
    while (event !== undefined && event.callback === undefined) event = this.pop();
    if (event?.callback === undefined) return false;
    this.now = event.at;
    event.callback();
    await settled();
    return true;
  }

  private push(event: Event): void {
    let index = this.heap.push(event) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(event, this.heap[parent])) break;
      this.swap(index, parent);
      index = parent;
    }
  }

  private pop(): Event | undefined {
    const first = this.heap[0];
    const last = this.heap.pop();
    if (first === undefined || last === undefined || first === last) return first;
    this.heap[0] = last;
    for (let index = 0; ;) {
      let least = index;
      for (const child of [2 * index + 1, 2 * index + 2]) {
        if (isBefore(this.heap[child], this.heap[least])) least = child;
      }
      if (least === index) return first;
      this.swap(index, least);
      index = least;
    }
  }

  private swap(one: number, other: number): void {
    const [a, b] = [this.heap[one], this.heap[other]];
    if (a === undefined || b === undefined) return;
    this.heap[one] = b;
    this.heap[other] = a;
  }
}

function isBefore(one: Event | undefined, other: Event | undefined): boolean {
  if (one === undefined || other === undefined) return false;
  return one.at < other.at || (one.at === other.at && one.sequence < other.sequence);
}

/** A tick that is asked for by a promise comes when no promise is left that can settle. */
const settled = () => Promise.resolve().then(() => new Promise<void>((resolve) => process.nextTick(resolve)));
