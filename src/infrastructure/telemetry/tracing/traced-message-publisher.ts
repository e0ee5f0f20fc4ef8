import { readRedriveCount } from '../../../application/messages/redrive-count.js';
import { readRecordedTraceparent, TRACEPARENT_HEADER } from '../../../application/messages/trace-context.js';
import type {
  EncodedMessage,
  MessagePublisher,
  PublishedMessage,
} from '../../../application/ports/message-publisher.js';
import { positionAttributes, sendSpan, type Destination } from './messaging-spans.js';
import type { Spans } from './spans.js';

/** A span for each message of a recorded trace. The message gets its context: whoever reads it goes on from there. */
export class TracedMessagePublisher implements MessagePublisher {
  constructor(
    private readonly publisher: MessagePublisher,
    private readonly spans: Spans,
    private readonly destination: Destination,
  ) {}

  publish(message: EncodedMessage): Promise<PublishedMessage> {
    const traceparent = readRecordedTraceparent(message);
    if (traceparent === undefined) return this.publisher.publish(message);
    const span = this.spans.begin(traceparent, {
      ...sendSpan(this.destination, message.key),
      isRepeated: readRedriveCount(message) > 0,
    });
    const headers = { ...message.headers, [TRACEPARENT_HEADER]: span.traceparent };
    return span.during(this.publisher.publish({ ...message, headers }), positionAttributes);
  }
}
