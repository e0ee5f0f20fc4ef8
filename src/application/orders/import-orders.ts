import { InFlight, type Finish } from '../in-flight.js';
import { Places } from './places.js';
import { MessagePublishFailed } from '../ports/message-publisher.js';
import { OrderNotConfirmed, type SendOrder, type SendOrderCommand } from './send-order.js';

/** A line of an import: an order to accept, or what is wrong with it. */
export interface ImportLine {
  /** From 1. */
  readonly number: number;
  readonly order: SendOrderCommand | Error;
}

export interface ImportOutcome {
  /** Published, on every in-sync replica. */
  readonly accepted: number;
  readonly invalid: number;
  /** Publishing the order of this line was not confirmed. All lines before it are dealt with; resume with it, under the same ids. */
  readonly stopped?: { readonly line: number; readonly cause: UnconfirmedOrder };
}

type UnconfirmedOrder = OrderNotConfirmed & { readonly cause: MessagePublishFailed };

/**
 * Accepts many orders. One that is invalid holds up no other. After the first whose publishing is not confirmed nothing more
 * is read, and what is in flight is awaited.
 */
export class ImportOrders {
  private readonly places: Places;

  /** All imports together have at most `maxInFlight` orders in flight, each an equal share of them. */
  constructor(
    private readonly sendOrder: Pick<SendOrder, 'execute'>,
    maxInFlight: number,
  ) {
    this.places = new Places(maxInFlight);
  }

  /** Ends only when nothing is in flight any more. @throws what `batches` or `onInvalid` failed with */
  async execute(
    batches: AsyncIterable<Iterable<ImportLine>>,
    onInvalid: (line: number, reason: unknown) => void,
  ): Promise<ImportOutcome> {
    const inFlight = new InFlight();
    let invalid = 0;
    let stopped: ImportOutcome['stopped'];
    const send = async ({ number: line, order }: ImportLine): Promise<Finish> => {
      try {
        if (order instanceof Error) throw order;
        await this.sendOrder.execute(order);
        return 'completed';
      } catch (error) {
        if (isUnconfirmed(error)) {
          if (line < (stopped?.line ?? Infinity)) stopped = { line, cause: error };
          return 'stop';
        }
        invalid++;
        onInvalid(line, error);
        return 'skipped';
      } finally {
        this.places.release();
      }
    };
    try {
      for await (const lines of batches) {
        for (const line of lines) {
          if (!this.places.tryTake()) await this.places.take();
          if (stopped !== undefined) {
            this.places.release();
            break;
          }
          inFlight.start(undefined, () => send(line));
        }
        if (stopped !== undefined) break;
      }
    } finally {
      await inFlight.none();
    }
    return { accepted: inFlight.completed, invalid, ...(stopped !== undefined && { stopped }) };
  }
}

function isUnconfirmed(error: unknown): error is UnconfirmedOrder {
  return error instanceof OrderNotConfirmed && error.cause instanceof MessagePublishFailed;
}
