import { SpanKind } from '@opentelemetry/api';
import { ifRecorded } from '../../../application/messages/trace-context.js';
import type { OrderRepository, StoredOrder } from '../../../application/ports/order-repository.js';
import type { OrderId } from '../../../domain/order/order-id.js';
import type { Spans, SpanStart } from './spans.js';

/** A span for each call of the store in a recorded trace, until the statement that it shares with others is done. */
export class TracedOrderRepository implements OrderRepository {
  /** @param system what OpenTelemetry calls the store, such as `postgresql` */
  constructor(
    private readonly orders: OrderRepository,
    private readonly spans: Spans,
    private readonly system: string,
  ) {}

  find(orderId: OrderId, traceparent?: string): Promise<StoredOrder | undefined> {
    const recorded = ifRecorded(traceparent);
    if (recorded === undefined) return this.orders.find(orderId, traceparent);
    const span = this.spans.begin(recorded, this.statement('SELECT', orderId));
    return span.during(this.orders.find(orderId, traceparent));
  }

  /** Asked for many requests together, it is a part of no trace. */
  findAll(orderIds: readonly OrderId[]): Promise<readonly StoredOrder[]> {
    return this.orders.findAll(orderIds);
  }

  save(stored: StoredOrder, traceparent?: string): Promise<'saved' | 'already-saved'> {
    const recorded = ifRecorded(traceparent);
    if (recorded === undefined) return this.orders.save(stored, traceparent);
    const span = this.spans.begin(recorded, this.statement('INSERT', stored.order.id));
    return span.during(this.orders.save(stored, traceparent));
  }

  /** @see https://opentelemetry.io/docs/specs/semconv/database/database-spans/ */
  private statement(operation: string, orderId: OrderId): SpanStart {
    return {
      name: `${operation} orders`,
      kind: SpanKind.CLIENT,
      attributes: {
        'db.system.name': this.system,
        'db.operation.name': operation,
        'db.collection.name': 'orders',
        'order.id': orderId,
      },
    };
  }
}
