import { MessagePublishFailed } from './ports/message-publisher.js';
import { OrderNotConfirmed, type SendOrder, type SendOrderCommand } from './send-order.js';

/** A line of an import: an order to take in, or why it is none. */
export interface ImportLine {
  /** From 1. */
  readonly number: number;
  readonly order: SendOrderCommand | Error;
}

export interface ImportOutcome {
  /** In the log, on every in-sync replica. */
  readonly accepted: number;
  readonly refused: number;
  /** The log did not confirm the order of this line. All before it are settled; go on with it, under the same ids. */
  readonly stopped?: { readonly line: number; readonly cause: OrderNotConfirmed };
}

/**
 * Takes many orders in, a bounded number at a time. One that is refused holds up no other. After the first that the log
 * does not confirm nothing more is read, and what is in hand is settled.
 */
export class ImportOrders {
  constructor(
    private readonly sendOrder: Pick<SendOrder, 'execute'>,
    private readonly maxInHand: number,
  ) {}

  /** Settles all that was read before it resolves, or rejects with what `batches` failed with. */
  async execute(
    batches: AsyncIterable<readonly ImportLine[]>,
    onRefused: (line: number, reason: unknown) => void,
  ): Promise<ImportOutcome> {
    const inHand = new InHand(this.maxInHand);
    let [accepted, refused] = [0, 0];
    let stopped: ImportOutcome['stopped'];
    const send = async ({ number: line, order }: ImportLine): Promise<void> => {
      try {
        if (order instanceof Error) throw order;
        await this.sendOrder.execute(order);
        accepted++;
      } catch (error) {
        if (isUnconfirmed(error)) {
          if (line < (stopped?.line ?? Infinity)) stopped = { line, cause: error };
        } else {
          refused++;
          onRefused(line, error);
        }
      }
    };
    try {
      for await (const lines of batches) {
        for (const line of lines) {
          if (inHand.isFull) await inHand.room();
          if (stopped !== undefined) break;
          inHand.add(send(line));
        }
        if (stopped !== undefined) break;
      }
    } finally {
      await inHand.none();
    }
    return { accepted, refused, ...(stopped !== undefined && { stopped }) };
  }
}

function isUnconfirmed(error: unknown): error is OrderNotConfirmed {
  return error instanceof OrderNotConfirmed && error.cause instanceof MessagePublishFailed;
}

/** Counts what is under way. */
class InHand {
  private count = 0;
  private settled: (() => void) | undefined;

  constructor(private readonly max: number) {}

  get isFull(): boolean {
    return this.count >= this.max;
  }

  /** `work` never rejects. */
  add(work: Promise<void>): void {
    this.count++;
    void work.then(() => {
      this.count--;
      this.settled?.();
    });
  }

  async room(): Promise<void> {
    while (this.isFull) await this.nextSettled();
  }

  async none(): Promise<void> {
    while (this.count > 0) await this.nextSettled();
  }

  private nextSettled(): Promise<void> {
    return new Promise((resolve) => (this.settled = resolve));
  }
}
