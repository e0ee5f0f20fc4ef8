/** `skipped`: the others go on without it. `stop`: nothing more is to be started. */
export type Finish = 'completed' | 'skipped' | 'stop';

/** What was started and is not finished, and how many were completed. */
export class InFlight {
  count = 0;
  completed = 0;
  stopped = false;
  private failure: { readonly error: unknown } | undefined;
  private readonly keys = new Set<string>();
  private onChange: () => void = () => undefined;

  has(key: string | undefined): boolean {
    return key !== undefined && this.keys.has(key);
  }

  /** Whether what is in flight may be the last that is wanted. */
  mayFill(limit: number): boolean {
    return this.count > 0 && this.completed + this.count >= limit;
  }

  /** Resolves when the next one is finished. */
  change(): Promise<void> {
    return new Promise((resolve) => {
      this.onChange = resolve;
    });
  }

  /** Resolves when nothing is in flight any more. @throws the first error of a `work` */
  async none(): Promise<void> {
    while (this.count > 0) await this.change();
    if (this.failure !== undefined) throw this.failure.error;
  }

  start(key: string | undefined, work: () => Promise<Finish>): void {
    this.count++;
    if (key !== undefined) this.keys.add(key);
    void this.run(key, work);
  }

  private async run(key: string | undefined, work: () => Promise<Finish>): Promise<void> {
    try {
      const finish = await work();
      if (finish === 'completed') this.completed++;
      if (finish === 'stop') this.stopped = true;
    } catch (error) {
      this.failure ??= { error };
      this.stopped = true;
    }
    this.count--;
    if (key !== undefined) this.keys.delete(key);
    this.onChange();
  }
}
