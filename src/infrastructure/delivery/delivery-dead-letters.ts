import { DeadLettersUnavailable as Unavailable, type DeadLetterStore } from '@order-service/delivery';
import {
  DeadLettersUnavailable,
  type DeadLetter,
  type DeadLetterFilter,
  type DeadLetterOrder,
  type DeadLetterReason,
  type DeadLetters,
  type FoundDeadLetters,
  type Origin,
  type Resolution,
} from '../../application/ports/dead-letters.js';

/** On the delivery library's store of dead letters, which is on Kafka or in memory. A message's key is the order's id. */
export class DeliveryDeadLetters implements DeadLetters {
  constructor(private readonly store: DeadLetterStore<DeadLetterReason>) {}

  add(deadLetter: DeadLetter): Promise<void> {
    return translate(this.store.add(deadLetter));
  }

  async list(filter: DeadLetterFilter, limit?: number, order?: DeadLetterOrder): Promise<FoundDeadLetters> {
    const { reason, orderId: key, before, origin } = filter;
    const found = await translate(this.store.list({ reason, key, before, origin }, limit, order));
    return { matched: found.matched, deadLetters: translateEach(found.deadLetters) };
  }

  resolve(origin: Origin, resolution: Resolution, by?: string): Promise<void> {
    return translate(this.store.resolve(origin, resolution, by));
  }
}

async function translate<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw toPortError(error);
  }
}

async function* translateEach(found: AsyncIterable<DeadLetter>): AsyncGenerator<DeadLetter> {
  try {
    yield* found;
  } catch (error) {
    throw toPortError(error);
  }
}

function toPortError(error: unknown): unknown {
  if (!(error instanceof Unavailable)) return error;
  return new DeadLettersUnavailable(error.message, { cause: error.cause });
}
