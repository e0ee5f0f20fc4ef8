import { DeadLettersUnavailable as Unavailable, type DeadLetterStore } from '@order-service/delivery';
import {
  DeadLettersUnavailable,
  type DeadLetter,
  type DeadLetterFilter,
  type DeadLetterReason,
  type DeadLetters,
  type FoundDeadLetters,
  type Origin,
  type Resolution,
} from '../../application/ports/dead-letters.js';

/** Dead letters in Kafka or in memory: whose store it is given. The key of an order's message is its id. */
export class DeliveryDeadLetters implements DeadLetters {
  constructor(private readonly store: DeadLetterStore<DeadLetterReason>) {}

  add(deadLetter: DeadLetter): Promise<void> {
    return translated(this.store.add(deadLetter));
  }

  async list(filter: DeadLetterFilter, limit?: number): Promise<FoundDeadLetters> {
    const { reason, orderId: key, before, origin } = filter;
    const found = await translated(this.store.list({ reason, key, before, origin }, limit));
    return { matched: found.matched, deadLetters: translatedEach(found.deadLetters) };
  }

  resolve(origin: Origin, resolution: Resolution): Promise<void> {
    return translated(this.store.resolve(origin, resolution));
  }
}

async function translated<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw toPortError(error);
  }
}

async function* translatedEach(found: AsyncIterable<DeadLetter>): AsyncGenerator<DeadLetter> {
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
