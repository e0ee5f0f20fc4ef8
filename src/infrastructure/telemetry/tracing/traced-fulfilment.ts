import { SpanKind } from '@opentelemetry/api';
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
    const span = this.spans.begin(traceparent, () => ({
      name: 'fulfil order',
      kind: SpanKind.INTERNAL,
      attributes: { 'order.id': order.id },
    }));
    const fulfilling = this.fulfilment.fulfil(order, signal, span?.traceparent ?? traceparent);
    if (span === undefined) return fulfilling;
    return span.during(fulfilling, ({ kind }) => ({ 'order.fulfilment.outcome': kind }));
  }
}
