import { errorType } from './error-type.js';
import {
  cached,
  type Attributes,
  type CounterSeries,
  type HistogramSeries,
  type Instruments,
} from './instruments.js';

/** The series of what may fail: that of success where there is no error. */
export type ByError<Series> = (error?: unknown) => Series;

/** A topic, and for what is read from it the group. */
export interface Destination {
  readonly topic: string;
  readonly groupId?: string;
}

/** OpenTelemetry's metrics for messaging. @see https://opentelemetry.io/docs/specs/semconv/messaging/messaging-metrics/ */
export class MessagingMetrics {
  readonly unknownOutcomes: CounterSeries;
  private readonly operations: (attributes: Attributes) => HistogramSeries;
  private readonly processing: (attributes: Attributes) => HistogramSeries;
  private readonly sentMessages: (attributes: Attributes) => CounterSeries;
  private readonly consumedMessages: (attributes: Attributes) => CounterSeries;

  /** @param system what OpenTelemetry calls it, such as `kafka` */
  constructor(
    instruments: Instruments,
    private readonly system: string,
  ) {
    this.operations = instruments.histogram(
      'messaging.client.operation.duration',
      'How long sending a message, or a commit, takes.',
    );
    this.sentMessages = instruments.counter(
      'messaging.client.sent.messages',
      '{message}',
      'Messages that were sent; with error_type those that were to be.',
    );
    this.unknownOutcomes = instruments.counter(
      'publisher.unknown_outcomes',
      '{message}',
      'Messages of which it is unknown whether the topic has them.',
    )({});
    this.consumedMessages = instruments.counter(
      'messaging.client.consumed.messages',
      '{message}',
      'Records that were read.',
    );
    this.processing = instruments.histogram(
      'messaging.process.duration',
      'How long an attempt to process a record takes.',
    );
  }

  operation(name: 'send' | 'commit', destination: Destination): ByError<HistogramSeries> {
    return byError(this.operations, this.attributes(name, destination));
  }

  process(destination: Destination): ByError<HistogramSeries> {
    return byError(this.processing, this.attributes('process', destination));
  }

  sent(destination: Destination): (partition: number) => CounterSeries {
    return byPartition(this.sentMessages, this.attributes('send', destination));
  }

  notSent(destination: Destination): ByError<CounterSeries> {
    const attributes = this.attributes('send', destination);
    const ofType = cached((type: string) => this.sentMessages({ ...attributes, 'error.type': type }));
    return (error) => ofType(errorType(error));
  }

  consumed(destination: Destination): (partition: number) => CounterSeries {
    return byPartition(this.consumedMessages, this.attributes('poll', destination));
  }

  private attributes(operation: string, { topic, groupId }: Destination): Attributes {
    return {
      'messaging.system': this.system,
      'messaging.operation.name': operation,
      'messaging.destination.name': topic,
      ...(groupId !== undefined && { 'messaging.consumer.group.name': groupId }),
    };
  }
}

function byError(
  make: (attributes: Attributes) => HistogramSeries,
  attributes: Attributes,
): ByError<HistogramSeries> {
  const succeeded = make(attributes);
  const failed = cached((type: string) => make({ ...attributes, 'error.type': type }));
  return (error) => (error === undefined ? succeeded : failed(errorType(error)));
}

function byPartition(
  make: (attributes: Attributes) => CounterSeries,
  attributes: Attributes,
): (partition: number) => CounterSeries {
  return cached((partition) => make({ ...attributes, 'messaging.destination.partition.id': partition }));
}
