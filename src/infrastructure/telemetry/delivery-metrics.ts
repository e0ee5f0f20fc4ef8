import type { DeliveryEvent, DeliveryObserver } from '@order-service/delivery';
import type { DeadLetterReason } from '../../application/ports/dead-letters.js';
import {
  cached,
  type Attributes,
  type CounterSeries,
  type HistogramSeries,
  type Instruments,
} from './instruments.js';
import type { ByError, Destination, MessagingMetrics } from './messaging-metrics.js';
import type { OrderMetrics } from './order-metrics.js';

const SECONDS_OF_REBALANCE = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30, 60];

/** What the delivery library tells of its replicas, as metrics. */
export class DeliveryMetrics {
  private readonly processed: ByError<HistogramSeries>;
  private readonly committed: ByError<HistogramSeries>;
  private readonly consumed: (partition: number) => CounterSeries;
  private readonly rebalances: (attributes: Attributes) => CounterSeries;
  private readonly rebalanceSeconds: (attributes: Attributes) => HistogramSeries;
  private readonly commitFailures: (attributes: Attributes) => CounterSeries;
  private readonly redeliveries: (attributes: Attributes) => CounterSeries;

  constructor(
    instruments: Instruments,
    messaging: MessagingMetrics,
    private readonly orders: OrderMetrics,
    destination: Destination,
  ) {
    this.processed = messaging.process(destination);
    this.committed = messaging.operation('commit', destination);
    this.consumed = messaging.consumed(destination);
    this.rebalances = instruments.counter(
      'delivery.rebalances',
      '{rebalance}',
      'How often partitions were assigned to a replica, its first time included.',
    );
    this.rebalanceSeconds = instruments.histogram(
      'delivery.rebalance.duration',
      'From when a replica begins to let go of its partitions, or to join, until it has some.',
      SECONDS_OF_REBALANCE,
    );
    this.commitFailures = instruments.counter('delivery.commit_failures', '{commit}', 'Commits that failed.');
    this.redeliveries = instruments.counter(
      'delivery.redeliveries',
      '{record}',
      'Records that were read again after an attempt at them, as far as a replica knows.',
    );
  }

  /** The same for a replica that is started again. */
  readonly observer = cached((replica: string): DeliveryObserver => {
    const rebalances = this.rebalances({ replica });
    const rebalanceSeconds = this.rebalanceSeconds({ replica });
    const commitFailures = this.commitFailures({ replica });
    const redeliveries = this.redeliveries({ replica });
    return (event: DeliveryEvent) => {
      switch (event.kind) {
        case 'records-received':
          this.consumed(event.partition).add(event.count);
          redeliveries.add(event.redelivered);
          break;
        case 'attempt-finished':
          this.processed(event.error).record(event.durationMs / 1_000);
          break;
        case 'retried':
          this.orders.retried(event.error);
          break;
        case 'dead-lettered':
          this.orders.deadLettered(event.record, event.reason as DeadLetterReason);
          break;
        case 'commit-finished':
          this.committed(event.error).record(event.durationMs / 1_000);
          if (event.error !== undefined) commitFailures.add();
          break;
        case 'rebalanced':
          rebalances.add();
          rebalanceSeconds.record(event.durationMs / 1_000);
          break;
        case 'state-changed': // the gauges have it
      }
    };
  });
}
