import { readRecordedTraceparent } from '../../../application/messages/trace-context.js';
import type {
  DeadLetter,
  DeadLetterFilter,
  DeadLetterOrder,
  DeadLetters,
  FoundDeadLetters,
  Origin,
  Resolution,
} from '../../../application/ports/dead-letters.js';
import { sendSpan, type Destination } from './messaging-spans.js';
import type { Spans } from './spans.js';

/** A span for each dead letter of a recorded trace. Its message stays as it was, the trace context too. */
export class TracedDeadLetters implements DeadLetters {
  constructor(
    private readonly deadLetters: DeadLetters,
    private readonly spans: Spans,
    private readonly destination: Destination,
  ) {}

  add(deadLetter: DeadLetter): Promise<void> {
    const { message, reason, origin } = deadLetter;
    const traceparent = readRecordedTraceparent(message);
    if (traceparent === undefined) return this.deadLetters.add(deadLetter);
    const start = sendSpan(this.destination, message.key);
    const partition = String(origin.partition);
    const others = { 'messaging.destination.partition.id': partition, 'order.dead_letter.reason': reason };
    const span = this.spans.begin(traceparent, { ...start, attributes: { ...start.attributes, ...others } });
    return span.during(this.deadLetters.add(deadLetter));
  }

  list(filter: DeadLetterFilter, limit?: number, order?: DeadLetterOrder): Promise<FoundDeadLetters> {
    return this.deadLetters.list(filter, limit, order);
  }

  resolve(origin: Origin, resolution: Resolution, by?: string): Promise<void> {
    return this.deadLetters.resolve(origin, resolution, by);
  }
}
