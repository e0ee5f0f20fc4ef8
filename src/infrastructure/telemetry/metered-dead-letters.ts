import {
  DEAD_LETTER_REASONS,
  type DeadLetter,
  type DeadLetterFilter,
  type DeadLetterOrder,
  type DeadLetters,
  type FoundDeadLetters,
  type Origin,
  type Resolution,
} from '../../application/ports/dead-letters.js';
import type { CounterSeries, HistogramSeries, Instruments } from './instruments.js';
import type { ByError, MessagingMetrics } from './messaging-metrics.js';
import type { OrderMetrics } from './order-metrics.js';

/** Measures sends to the dead-letter topic, and counts what is redriven and discarded. */
export class MeteredDeadLetters implements DeadLetters {
  private readonly duration: ByError<HistogramSeries>;
  private readonly sent: (partition: number) => CounterSeries;
  private readonly notSent: ByError<CounterSeries>;

  constructor(
    private readonly deadLetters: DeadLetters,
    topic: string,
    messaging: MessagingMetrics,
    private readonly orders: OrderMetrics,
  ) {
    this.duration = messaging.operation('send', { topic });
    this.sent = messaging.sent({ topic });
    this.notSent = messaging.notSent({ topic });
  }

  add(deadLetter: DeadLetter): Promise<void> {
    return this.measured(deadLetter.origin, this.deadLetters.add(deadLetter));
  }

  list(filter: DeadLetterFilter, limit?: number, order?: DeadLetterOrder): Promise<FoundDeadLetters> {
    return this.deadLetters.list(filter, limit, order);
  }

  async resolve(origin: Origin, resolution: Resolution, by?: string): Promise<void> {
    await this.measured(origin, this.deadLetters.resolve(origin, resolution, by));
    this.orders[resolution].add();
  }

  /** What is appended has the partition of its origin. */
  private async measured({ partition }: Origin, sending: Promise<void>): Promise<void> {
    const startedAt = performance.now();
    try {
      await sending;
      this.duration().record((performance.now() - startedAt) / 1_000);
      this.sent(partition).add();
    } catch (error) {
      this.duration(error).record((performance.now() - startedAt) / 1_000);
      this.notSent(error).add();
      throw error;
    }
  }
}

/** How many dead letters wait for an operator. */
export function watchDeadLetters(instruments: Instruments, deadLetters: Pick<DeadLetters, 'list'>): void {
  const description = 'Dead letters that are neither redriven nor discarded, by reason.';
  instruments.gauge('orders.dead_letters_unresolved', '{order}', description, () =>
    Promise.all(
      DEAD_LETTER_REASONS.map(async (reason) => {
        const { matched } = await deadLetters.list({ reason }, 0);
        return { attributes: { reason }, value: matched };
      }),
    ),
  );
}
