import type { ReportedAttempt } from '../../../application/live/order-attempts.js';
import { isPending, type FoundOrder } from '../../../application/orders/find-order.js';
import type { StoredOrder } from '../../../application/ports/order-repository.js';
import { OrderId } from '../../../domain/order/order-id.js';
import type { ProblemDetails } from '../problems/problem-details.js';

/** An order to accept. */
export interface OrderRequest {
  /**
   * Identity of the order. It is single-use: the same id with the same content is the same order. The service makes one when it is absent. `.` and `..` are not allowed, as no URL can have them in its path.
   * @pattern ^(?!\.{1,2}$)[A-Za-z0-9._:-]{1,64}$ must be 1 to 64 of the characters A-Z a-z 0-9 . _ : - and neither . nor ..
   * @isString must be a string
   */
  orderId?: string;
  /**
   * What is ordered: 1 to 200 characters after trimming, without control characters.
   * @minLength 1 must not be empty
   * @isString must be a string
   */
  product: string;
  /**
   * How many.
   * @isInt must be a whole number from 1 to 1000000
   * @minimum 1 must be a whole number from 1 to 1000000
   * @maximum 1000000 must be a whole number from 1 to 1000000
   * @default 1
   */
  quantity?: number;
}

/** The order is published, and this is its place in the topic. */
export interface OrderAccepted {
  status: 'Success';
  orderId: string;
  /** The client that sent it; absent when clients don't say who they are. */
  owner?: string;
  topic: string;
  /** @isInt */
  partition: number;
  /**
   * 64-bit integer, as text.
   * @pattern ^\d+$
   */
  offset: string;
}

/** What became of the orders of an import: the last line of its response. */
export interface ImportSummary {
  /**
   * Orders that are published.
   * @isInt
   */
  accepted: number;
  /**
   * Lines that are not valid. Each of the first 1,000 has a line of its own in the response.
   * @isInt
   */
  invalid: number;
  /** Whether all lines were read. */
  complete: boolean;
  /** The key of the import, yours or a new one. Lines that you send again with it are not doubled. */
  idempotencyKey: string;
  /**
   * The line to go on with, when they were not. All lines before it are accepted or invalid.
   * @isInt
   */
  resumeAtLine?: number;
  /** Why not all lines were read, and what to do. */
  problem?: ProblemDetails;
}

/** An order that a replica has processed, rejected or parked, and the delivery that brought it there. */
export interface OrderView {
  orderId: string;
  /** The client that sent it, where that is known. */
  owner?: string;
  product: string;
  /** @isInt */
  quantity: number;
  placedAt: Date;
  /** `rejected`: fulfilment rejected the order for good. `parked`: it is dead-lettered, and may still be processed. */
  status: 'processed' | 'rejected' | 'parked';
  rejectionReason?: string;
  /** When it was processed or rejected. Absent while it is parked. */
  completedAt?: Date;
  /** The replica that processed, rejected or parked it. */
  replica: string;
  topic: string;
  /** @isInt */
  partition: number;
  /**
   * 64-bit integer, as text.
   * @pattern ^\d+$
   */
  offset: string;
  /**
   * The number of the attempt that brought it there. 1 is the first.
   * @isInt
   */
  attempt: number;
}

/** An order that is accepted and that no replica has completed: it waits, or is being processed. */
export interface PendingOrderView {
  orderId: string;
  /** The client that sent it, where that is known. */
  owner?: string;
  status: 'pending';
  /** @isInt */
  partition: number;
  /**
   * 64-bit integer, as text.
   * @pattern ^\d+$
   */
  offset: string;
  /**
   * How many orders before it in its partition are not completed, at most.
   * @isInt
   */
  ahead: number;
  /** When it was accepted. */
  since: Date;
}

/** By its `status`. */
export function foundOrderView(found: FoundOrder): OrderView | PendingOrderView {
  if (!isPending(found)) return orderView(found);
  const { orderId, partition, offset, ahead, since } = found;
  return { ...OrderId.parts(orderId), status: 'pending', partition, offset, ahead, since };
}

/** An attempt that failed. It is `retried`, or the order is `dead-lettered`. */
export function attemptView({ orderId, replica, partition, offset, attempt, ...end }: ReportedAttempt) {
  const { outcome, error, tookMs, at } = end;
  const owned = OrderId.parts(orderId);
  return { ...owned, replica, partition, offset, attempt, outcome, error, tookMs, at: new Date(at) };
}

export function orderView({ order, delivery }: StoredOrder): OrderView {
  const { orderId, product, quantity, placedAt, status, rejectionReason, completedAt } = order.state;
  if (status === 'placed') throw new Error(`order '${orderId}' is only placed`);
  return {
    ...OrderId.parts(orderId),
    product,
    quantity,
    placedAt,
    status,
    ...(rejectionReason !== undefined && { rejectionReason }),
    ...(completedAt !== undefined && { completedAt }),
    replica: delivery.replica,
    topic: delivery.topic,
    partition: delivery.partition,
    offset: delivery.offset,
    attempt: delivery.attempt,
  };
}
