/** A bounded number of places. Those who wait for one get it in turn, so that each gets an equal share. */
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

  /** Takes a place as soon as one is free. */
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
