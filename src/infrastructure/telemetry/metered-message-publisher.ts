import { REDRIVE_COUNT_HEADER } from '../../application/messages/redrive-count.js';
import {
  MessagePublishFailed,
  type EncodedMessage,
  type MessagePublisher,
  type PublishedMessage,
} from '../../application/ports/message-publisher.js';
import type { CounterSeries, HistogramSeries } from './instruments.js';
import type { ByError, MessagingMetrics } from './messaging-metrics.js';
import type { OrderMetrics } from './order-metrics.js';

/** Measures sends to the order topic. A message that was never redriven is an order that is accepted by its publishing. */
export class MeteredMessagePublisher implements MessagePublisher {
  private readonly duration: ByError<HistogramSeries>;
  private readonly sent: (partition: number) => CounterSeries;
  private readonly notSent: ByError<CounterSeries>;

  constructor(
    private readonly publisher: MessagePublisher,
    topic: string,
    private readonly messaging: MessagingMetrics,
    private readonly orders: OrderMetrics,
  ) {
    this.duration = messaging.operation('send', { topic });
    this.sent = messaging.sent({ topic });
    this.notSent = messaging.notSent({ topic });
  }

  /** Without `await`, which would make two more promises for each order. */
  publish(message: EncodedMessage): Promise<PublishedMessage> {
    const startedAt = performance.now();
    return this.publisher.publish(message).then(
      (published) => {
        this.duration().record((performance.now() - startedAt) / 1_000);
        this.sent(published.partition).add();
        if (message.headers[REDRIVE_COUNT_HEADER] === undefined) this.orders.accepted.add();
        return published;
      },
      (error: unknown) => {
        this.failed(error, startedAt);
        throw error;
      },
    );
  }

  private failed(error: unknown, startedAt: number): void {
    this.duration(error).record((performance.now() - startedAt) / 1_000);
    this.notSent(error).add();
    const isUnknown = error instanceof MessagePublishFailed && error.outcome === 'unknown';
    if (isUnknown) this.messaging.unknownOutcomes.add();
  }
}
