import { DEAD_LETTER_REASONS, type DeadLetterReason } from '../../application/ports/dead-letters.js';
import type { ReceivedRecord } from '@order-service/delivery';
import type { ProcessOrder } from '../../application/orders/process-order.js';
import { errorType } from './error-type.js';
import { cached, type CounterSeries, type HistogramSeries, type Instruments } from './instruments.js';

type Outcome = Awaited<ReturnType<ProcessOrder['execute']>> | 'dead-lettered';

const OUTCOMES = ['processed', 'rejected', 'already-processed', 'dead-lettered'] as const;
/** Known to be possible, so that `rate()` sees the first one. */
const RETRY_REASONS = ['fulfilment_failed', 'fulfilment_unavailable', 'timed_out', '_OTHER'];
/** From milliseconds to the hours of an outage. */
const SECONDS_TO_COMPLETE = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900, 3_600, 14_400];

/** What became of orders. */
export class OrderMetrics {
  readonly accepted: CounterSeries;
  readonly redriven: CounterSeries;
  readonly discarded: CounterSeries;
  private readonly completions: (outcome: Outcome) => { count: CounterSeries; seconds: HistogramSeries };
  private readonly retries: (reason: string) => CounterSeries;
  private readonly deadLetters: (reason: string) => CounterSeries;

  constructor(instruments: Instruments) {
    const counter = (name: string, description: string) => instruments.counter(name, '{order}', description);
    this.accepted = counter('orders.accepted', 'Orders that were published, and so accepted.')({});
    const completed = counter('orders.completed', 'Orders that need nothing more, by outcome.');
    const seconds = instruments.histogram(
      'orders.time_to_complete',
      'From when an order was published to when it was stored, or dead-lettered.',
      SECONDS_TO_COMPLETE,
    );
    this.completions = cached((outcome) => {
      const attributes = { outcome: outcome.replaceAll('-', '_') };
      return { count: completed(attributes), seconds: seconds(attributes) };
    });
    const retried = counter(
      'orders.retries',
      'Attempts that failed, were counted, and are followed by another.',
    );
    this.retries = cached((reason) => retried({ reason }));
    const deadLettered = counter('orders.dead_lettered', 'Orders that were dead-lettered, by reason.');
    this.deadLetters = cached((reason) => deadLettered({ reason }));
    this.redriven = counter('orders.redriven', 'Dead letters that were published again.')({});
    this.discarded = counter('orders.discarded', 'Dead letters that were discarded.')({});

    OUTCOMES.forEach(this.completions);
    RETRY_REASONS.forEach(this.retries);
    DEAD_LETTER_REASONS.forEach(this.deadLetters);
  }

  completed({ timestamp }: Pick<ReceivedRecord, 'timestamp'>, outcome: Outcome): void {
    const { count, seconds } = this.completions(outcome);
    count.add();
    // clocks differ, and a foreign producer may write any time
    seconds.record(Math.max(0, Date.now() - timestamp) / 1_000);
  }

  retried(error: unknown): void {
    this.retries(errorType(error)).add();
  }

  deadLettered(record: Pick<ReceivedRecord, 'timestamp'>, reason: DeadLetterReason): void {
    this.deadLetters(reason).add();
    this.completed(record, 'dead-lettered');
  }
}
