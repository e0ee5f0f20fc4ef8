import { SpanKind } from '@opentelemetry/api';
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
    const span = this.spans.begin(traceparent, () => this.statement('SELECT', orderId));
    const finding = this.orders.find(orderId, traceparent);
    return span === undefined ? finding : span.during(finding);
  }

  /** Asked for many requests together, it is a part of no trace. */
  findAll(orderIds: readonly OrderId[]): Promise<readonly StoredOrder[]> {
    return this.orders.findAll(orderIds);
  }

  save(stored: StoredOrder, traceparent?: string): Promise<'saved' | 'already-saved'> {
    const span = this.spans.begin(traceparent, () => this.statement('INSERT', stored.order.id));
    const saving = this.orders.save(stored, traceparent);
    return span === undefined ? saving : span.during(saving);
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
