import { setImmediate } from 'node:timers/promises';
import { StoreUnavailable } from '../../application/ports/order-repository.js';

interface Waiting<Request, Result> {
  readonly request: Request;
  readonly resolve: (result: Result | Promise<Result>) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Runs requests that come together as one: those of one turn of the event loop, and those that came while the batch
 * before was running. A batch that fails although the store is available is rerun in halves: one bad request fails alone.
 */
export class Batches<Request, Result> {
  private waiting: Waiting<Request, Result>[] = [];
  private isRunning = false;

  /** `run` returns a result for each request, in their order; one that is a promise holds up nothing. */
  constructor(
    private readonly run: (requests: readonly Request[]) => Promise<readonly (Result | Promise<Result>)[]>,
    private readonly maxSize = 500,
  ) {}

  add(request: Request): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ request, resolve, reject });
      if (!this.isRunning) void this.runAll();
    });
  }

  private async runAll(): Promise<void> {
    this.isRunning = true;
    while (this.waiting.length > 0) {
      await setImmediate();
      await this.runBatch(this.waiting.splice(0, this.maxSize));
    }
    this.isRunning = false;
  }

  private async runBatch(batch: readonly Waiting<Request, Result>[]): Promise<void> {
    try {
      const results = await this.run(batch.map(({ request }) => request));
      batch.forEach(({ resolve }, index) => resolve(results[index] as Result | Promise<Result>));
    } catch (error) {
      if (error instanceof StoreUnavailable) {
        // What waited fails too, so that the deadline is one batch's, however many wait.
        for (const { reject } of [...batch, ...this.waiting.splice(0)]) reject(error);
      } else if (batch.length === 1) {
        batch[0]?.reject(error);
      } else {
        const middle = Math.ceil(batch.length / 2);
        await this.runBatch(batch.slice(0, middle));
        await this.runBatch(batch.slice(middle));
      }
    }
  }
}
