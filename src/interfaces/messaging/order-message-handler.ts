import {
  toDeadLetter,
  type Attempt,
  type DeliveryObserver,
  type Disposition,
  type Failures,
  type ReceivedRecord,
  type RecordHandler,
} from '@order-service/delivery';
import type { Delivery } from '../../application/orders/delivery.js';
import {
  readCorrelationId,
  decodeOrderSubmitted,
  keyText,
} from '../../application/messages/order-submitted.js';
import { readRedriveCount } from '../../application/messages/redrive-count.js';
import { readTraceparent, traceIds } from '../../application/messages/trace-context.js';
import type { ParkOrder } from '../../application/orders/park-order.js';
import type { DeadLetterReason, DeadLetters } from '../../application/ports/dead-letters.js';
import type { Logger } from '../../application/ports/logger.js';
import type { ProcessOrder } from '../../application/orders/process-order.js';
import { describeFailure, decideDisposition, type RetryPolicy } from './disposition.js';

const OUTCOMES = {
  processed: 'order processed',
  rejected: 'order rejected',
  'already-processed': 'order was already processed',
} as const;

/** Debug lines: in an outage there is one for each order. */
const WAITS = {
  'let-go': 'order failed, its partition is no longer of this replica',
  suspend: 'order waits for the store, no attempt is counted',
  unavailable: 'order waits for fulfilment, no attempt is counted',
} as const;

export interface OrderMessageHandlerSettings {
  readonly replica: string;
  readonly consumerGroup: string;
  readonly retryPolicy: RetryPolicy;
  /** A number from 0 up to, but not including, 1. */
  readonly random?: () => number;
}

/** An order that needs nothing more. */
export interface ProcessedRecord {
  readonly record: ReceivedRecord;
  readonly attempt: number;
  readonly outcome: keyof typeof OUTCOMES;
  readonly durationMs: number;
}

/** Returns soon, and never throws. */
export type ProcessedListener = (processed: ProcessedRecord) => void;

/** Is told what happens in a replica. */
export interface ReplicaWatch {
  readonly observer: DeliveryObserver;
  readonly onProcessed: ProcessedListener;
}

/** Between a record and the use cases: decodes, processes, decides on failures, dead-letters, and logs each of them. */
export class OrderMessageHandler implements RecordHandler<DeadLetterReason> {
  constructor(
    private readonly settings: OrderMessageHandlerSettings,
    private readonly processOrder: Pick<ProcessOrder, 'execute'>,
    private readonly parkOrder: ParkOrder,
    private readonly deadLetters: DeadLetters,
    private readonly logger: Logger,
    private readonly onProcessed?: ProcessedListener,
  ) {}

  async handle(record: ReceivedRecord, attempt: Attempt): Promise<void> {
    const startedAt = performance.now();
    const delivery = this.delivery(record, attempt.number);
    this.logger.debug('attempt started', () => ({ ...this.describe(record), ...delivery }));
    const order = decodeOrderSubmitted(record);
    const traceparent = readTraceparent(record);
    const outcome = await this.processOrder.execute({
      order,
      delivery,
      attempt: { ...attempt, traceparent },
    });
    const durationMs = Math.round(performance.now() - startedAt);
    this.onProcessed?.({ record, attempt: attempt.number, outcome, durationMs });
    this.logger.info(OUTCOMES[outcome], () => {
      const correlationId = readCorrelationId(record);
      return { correlationId, orderId: order.id, ...delivery, durationMs, ...traceIds(traceparent) };
    });
  }

  decide(
    error: unknown,
    record: ReceivedRecord,
    attempt: number,
    othersSucceed = false,
  ): Disposition<DeadLetterReason> {
    const { retryPolicy, random = Math.random } = this.settings;
    const disposition = decideDisposition(error, attempt, retryPolicy, random, othersSucceed);
    const fields = this.logFields(record, attempt, error);
    if (disposition.kind === 'retry') {
      this.logger.warn('order failed', { ...fields, retryInMs: Math.round(disposition.delayMs) });
    } else if (disposition.kind !== 'dead-letter') {
      this.logger.debug(WAITS[disposition.kind], fields);
    }
    return disposition;
  }

  /** First the dead letter, then the order: for each parked order there is a dead letter. */
  async deadLetter(record: ReceivedRecord, reason: DeadLetterReason, failures: Failures): Promise<void> {
    const { consumerGroup, replica } = this.settings;
    const { stage, code: errorCode, message: errorMessage } = describeFailure(failures.error);
    const details = { stage, errorCode, errorMessage, redriveCount: readRedriveCount(record) };
    await this.deadLetters.add(
      toDeadLetter(record, reason, failures, { consumerGroup, replica, ...details }),
    );
    if (reason === 'exhausted') await this.park(record, failures.attempts);
    const fields = this.logFields(record, failures.attempts, failures.error);
    this.logger.error('order dead-lettered', { ...fields, reason });
  }

  describe(record: ReceivedRecord) {
    const ids = traceIds(readTraceparent(record));
    return { correlationId: readCorrelationId(record), ...ids, key: keyText(record) };
  }

  private async park(record: ReceivedRecord, attempts: number): Promise<void> {
    const order = decodeOrderSubmitted(record);
    const delivery = this.delivery(record, attempts);
    await this.parkOrder.execute({ order, delivery, traceparent: readTraceparent(record) });
  }

  private delivery({ topic, partition, offset }: ReceivedRecord, attempt: number): Delivery {
    return { replica: this.settings.replica, topic, partition, offset: String(offset), attempt };
  }

  private logFields(record: ReceivedRecord, attempt: number, error: unknown) {
    const { code, message } = describeFailure(error);
    return {
      ...this.describe(record),
      ...this.delivery(record, attempt),
      ...(code === 'INTERNAL' ? { error } : { errorCode: code, errorMessage: message }),
    };
  }
}
