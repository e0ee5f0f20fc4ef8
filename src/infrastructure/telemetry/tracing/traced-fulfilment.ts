import { SpanKind } from '@opentelemetry/api';
import { ifRecorded } from '../../../application/messages/trace-context.js';
import type { Fulfilment, FulfilmentOutcome } from '../../../application/ports/fulfilment.js';
import type { Order } from '../../../domain/order/order.js';
import type { Spans } from './spans.js';

/** A span for each call of fulfilment in a recorded trace. */
export class TracedFulfilment implements Fulfilment {
  constructor(
    private readonly fulfilment: Fulfilment,
    private readonly spans: Spans,
  ) {}

  fulfil(order: Order, signal: AbortSignal, traceparent?: string): Promise<FulfilmentOutcome> {
    const recorded = ifRecorded(traceparent);
    if (recorded === undefined) return this.fulfilment.fulfil(order, signal, traceparent);
    const span = this.spans.begin(recorded, {
      name: 'fulfil order',
      kind: SpanKind.INTERNAL,
      attributes: { 'order.id': order.id },
    });
    return span.during(this.fulfilment.fulfil(order, signal, span.traceparent), ({ kind }) => ({
      'order.fulfilment.outcome': kind,
    }));
  }
}
