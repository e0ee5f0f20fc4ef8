import { setImmediate } from 'node:timers/promises';
import { StoreUnavailable } from '../../application/ports/order-repository.js';

interface Waiting<Request, Answer> {
  readonly request: Request;
  readonly resolve: (answer: Answer | Promise<Answer>) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Runs requests that come together as one: those of one turn of the event loop, and those that came while the batch
 * before was at work. A batch that fails, and not for the store's absence, is redone in halves: one bad request fails alone.
 */
export class Batches<Request, Answer> {
  private waiting: Waiting<Request, Answer>[] = [];
  private isRunning = false;

  /** `run` answers each request, in their order; an answer that is still to come holds nothing up. */
  constructor(
    private readonly run: (requests: readonly Request[]) => Promise<readonly (Answer | Promise<Answer>)[]>,
    private readonly maxSize = 500,
  ) {}

  add(request: Request): Promise<Answer> {
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

  private async runBatch(batch: readonly Waiting<Request, Answer>[]): Promise<void> {
    try {
      const answers = await this.run(batch.map(({ request }) => request));
      batch.forEach(({ resolve }, index) => resolve(answers[index] as Answer | Promise<Answer>));
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
