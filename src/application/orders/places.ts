/** A bounded number of places. Whoever waits for one gets it in turn, so that all who want more of them get equally many. */
export class Places {
  private free: number;
  private readonly waiting: (() => void)[] = [];

  constructor(count: number) {
    this.free = count;
  }

  /** Takes a place if one is free. */
  tryTake(): boolean {
    if (this.free === 0) return false;
    this.free--;
    return true;
  }

  /** Waits for a place, which is taken then. */
  take(): Promise<void> {
    return new Promise((resolve) => {
      if (this.tryTake()) resolve();
      else this.waiting.push(resolve);
    });
  }

  release(): void {
    const next = this.waiting.shift();
    if (next === undefined) this.free++;
    else next();
  }
}
