import type { Attempt, Delivery } from '../../application/delivery.js';
import { correlationIdOf, decodeOrderSubmitted, keyOf } from '../../application/messages/order-submitted.js';
import type { Logger } from '../../application/ports/logger.js';
import type { ProcessOrder } from '../../application/process-order.js';
import type { Disposition, RecordHandler } from './delivery/partition-delivery.js';
import type { ReceivedRecord } from './delivery/record-source.js';
import { dispositionOf, type RetryPolicy } from './disposition.js';

const LOG_LINES = {
  processed: 'order processed',
  rejected: 'order rejected',
  'already-carried-out': 'order was carried out already',
} as const;

const UNLIMITED: Attempt = { signal: new AbortController().signal, mayTakeEffect: () => true };

/** Between a record and the use case: decodes, carries out, decides on failures, and logs each of them. */
export class OrderMessageHandler implements RecordHandler {
  constructor(
    private readonly replica: string,
    private readonly processOrder: ProcessOrder,
    private readonly retryPolicy: RetryPolicy,
    private readonly logger: Logger,
  ) {}

  handle(record: ReceivedRecord, attempt: number): Promise<void> {
    return this.logger.scope({ correlationId: correlationIdOf(record) }, async () => {
      const startedAt = performance.now();
      const order = decodeOrderSubmitted(record);
      const delivery = this.delivery(record, attempt);
      const outcome = await this.processOrder.execute({ order, delivery, attempt: UNLIMITED });
      const durationMs = Math.round(performance.now() - startedAt);
      this.logger.info(LOG_LINES[outcome], { orderId: order.id, ...delivery, durationMs });
    });
  }

  decide(error: unknown, record: ReceivedRecord, attempt: number): Disposition {
    const disposition = dispositionOf(error, attempt, this.retryPolicy);
    const correlationId = correlationIdOf(record);
    const fields = { correlationId, key: keyOf(record), ...this.delivery(record, attempt), error };
    if (disposition.kind === 'halt') {
      this.logger.error('a record can never be carried out: its partition stops here', fields);
    } else {
      this.logger.warn(`an order failed, it is tried again in ${Math.round(disposition.delayMs)} ms`, fields);
    }
    return disposition;
  }

  private delivery({ topic, partition, offset }: ReceivedRecord, attempt: number): Delivery {
    return { replica: this.replica, topic, partition, offset: String(offset), attempt };
  }
}
