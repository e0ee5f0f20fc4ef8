import type { Attempt, Disposition, Failures, ReceivedRecord, RecordHandler } from '@order-service/delivery';
import { readRedriveCount } from '../../../application/messages/redrive-count.js';
import { readRecordedTraceparent, TRACEPARENT_HEADER } from '../../../application/messages/trace-context.js';
import { processSpan, type Destination } from './messaging-spans.js';
import type { Spans } from './spans.js';

export interface ConsumerNames {
  readonly replica: string;
  readonly groupId: string;
}

/**
 * A span for each attempt at a record of a recorded trace. The handler gets the record with the context of its attempt, so
 * what it does goes on from there; the dead letter has the record as it was.
 */
export class TracedRecordHandler<Reason extends string> implements RecordHandler<Reason> {
  private readonly latest = new WeakMap<ReceivedRecord, ReceivedRecord>();

  constructor(
    private readonly handler: RecordHandler<Reason>,
    private readonly spans: Spans,
    private readonly destination: Destination,
    private readonly names: ConsumerNames,
  ) {}

  handle(record: ReceivedRecord, attempt: Attempt): Promise<void> {
    const traceparent = readRecordedTraceparent(record);
    if (traceparent === undefined) return this.handler.handle(record, attempt);
    const span = this.spans.begin(traceparent, {
      ...processSpan(this.destination, record.key, record, {
        'messaging.consumer.group.name': this.names.groupId,
        'messaging.client.id': this.names.replica,
        'order.attempt': attempt.number,
      }),
      isRepeated: attempt.number > 1 || readRedriveCount(record) > 0,
    });
    const headers = { ...record.headers, [TRACEPARENT_HEADER]: Buffer.from(span.traceparent) };
    const attempted = { ...record, headers };
    this.latest.set(record, attempted);
    return span.during(this.handler.handle(attempted, attempt));
  }

  decide(error: unknown, record: ReceivedRecord, attempt: number, others: boolean): Disposition<Reason> {
    return this.handler.decide(error, this.attempted(record), attempt, others);
  }

  deadLetter(record: ReceivedRecord, reason: Reason, failures: Failures): Promise<void> {
    return this.handler.deadLetter(record, reason, failures);
  }

  describe(record: ReceivedRecord) {
    return this.handler.describe?.(this.attempted(record)) ?? {};
  }

  /** With the context of its latest attempt, if there is one. */
  private attempted(record: ReceivedRecord): ReceivedRecord {
    return this.latest.get(record) ?? record;
  }
}
