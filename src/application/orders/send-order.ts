import type { OrderId } from '../../domain/order/order-id.js';
import { Order } from '../../domain/order/order.js';
import { InvalidIdempotencyKey } from '../application-errors.js';
import { encodeOrderSubmitted } from '../messages/order-submitted.js';
import type { Clock } from '../ports/clock.js';
import type { IdGenerator } from '../ports/id-generator.js';
import type { MessagePublisher, PublishedMessage } from '../ports/message-publisher.js';

export interface SendOrderCommand {
  /** The client that sends it, where that is known. Ids are its own, those made from keys as well. */
  readonly owner?: string | undefined;
  /** Wins over `idempotencyKey`; without both a new id is made. */
  readonly orderId?: string | undefined;
  /** A retry with the same key is the same order. 1–255 characters. */
  readonly idempotencyKey?: string | undefined;
  readonly product: string;
  readonly quantity?: number | undefined;
  readonly correlationId: string;
  readonly traceparent?: string | undefined;
}

export interface SentOrder extends PublishedMessage {
  readonly orderId: OrderId;
}

/** Publishing the order was not confirmed. `cause` is the publisher's error: it says whether the order was not sent. */
export class OrderNotConfirmed extends Error {
  override readonly name = 'OrderNotConfirmed';

  constructor(
    /** As its owner knows it. */
    readonly orderId: string,
    override readonly cause: unknown,
  ) {
    super(`publishing order '${orderId}' was not confirmed`, { cause });
  }
}

/** Accepts an order: from here on it is published, and a replica processes or dead-letters it. */
export class SendOrder {
  constructor(
    private readonly publisher: MessagePublisher,
    private readonly ids: IdGenerator,
    private readonly clock: Clock,
  ) {}

  async execute(command: SendOrderCommand): Promise<SentOrder> {
    const { owner, product, quantity, correlationId, traceparent } = command;
    const orderId = this.idFor(command);
    const order = Order.place({
      orderId,
      owner,
      product,
      quantity,
      placedAt: this.clock.now(),
    });
    const message = encodeOrderSubmitted(order, { messageId: this.ids.next(), correlationId, traceparent });
    try {
      const { topic, partition, offset } = await this.publisher.publish(message);
      return { orderId: order.id, topic, partition, offset };
    } catch (error) {
      throw new OrderNotConfirmed(orderId, error);
    }
  }

  private idFor({ orderId, idempotencyKey }: SendOrderCommand): string {
    if (orderId !== undefined) return orderId;
    if (idempotencyKey === undefined) return this.ids.next();
    if (idempotencyKey.length < 1 || idempotencyKey.length > 255) throw new InvalidIdempotencyKey();
    return this.ids.derivedFrom(idempotencyKey);
  }
}
