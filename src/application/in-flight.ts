/** `left`: the others go on without it. `stop`: nothing more is to be begun. */
export type Finish = 'done' | 'left' | 'stop';

/** What was begun and is not finished, and what became of the rest. */
export class InFlight {
  count = 0;
  done = 0;
  stopped = false;
  private failure: { readonly error: unknown } | undefined;
  private readonly keys = new Set<string>();
  private onChange: () => void = () => undefined;

  /** Nothing has no order. */
  has(key: string | undefined): boolean {
    return key !== undefined && this.keys.has(key);
  }

  /** Whether what is in flight may be the last that is wanted. */
  mayFill(limit: number): boolean {
    return this.count > 0 && this.done + this.count >= limit;
  }

  /** Resolves when the next one is finished. */
  change(): Promise<void> {
    return new Promise((resolve) => {
      this.onChange = resolve;
    });
  }

  /** Resolves when nothing is in flight any more. @throws the first error of a `settle` */
  async none(): Promise<void> {
    while (this.count > 0) await this.change();
    if (this.failure !== undefined) throw this.failure.error;
  }

  start(key: string | undefined, settle: () => Promise<Finish>): void {
    this.count++;
    if (key !== undefined) this.keys.add(key);
    void this.finish(key, settle);
  }

  private async finish(key: string | undefined, settle: () => Promise<Finish>): Promise<void> {
    try {
      const settlement = await settle();
      if (settlement === 'done') this.done++;
      if (settlement === 'stop') this.stopped = true;
    } catch (error) {
      this.failure ??= { error };
      this.stopped = true;
    }
    this.count--;
    if (key !== undefined) this.keys.delete(key);
    this.onChange();
  }
}
