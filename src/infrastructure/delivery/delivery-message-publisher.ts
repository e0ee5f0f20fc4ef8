import { MessageTooLarge as TooLarge, PublishFailed, type Publisher } from '@order-service/delivery';
import {
  MessagePublishFailed,
  MessageTooLarge,
  type EncodedMessage,
  type MessagePublisher,
  type PublishedMessage,
} from '../../application/ports/message-publisher.js';

/** On the delivery library's publisher, which appends to the order topic on Kafka or in memory. */
export class DeliveryMessagePublisher implements MessagePublisher {
  constructor(private readonly publisher: Publisher) {}

  async publish(message: EncodedMessage): Promise<PublishedMessage> {
    try {
      return await this.publisher.publish(message);
    } catch (error) {
      throw toPortError(error);
    }
  }
}

function toPortError(error: unknown): unknown {
  if (error instanceof TooLarge) return new MessageTooLarge(error.bytes, error.limit);
  if (!(error instanceof PublishFailed)) return error;
  const { outcome, message, reason, cause } = error;
  return new MessagePublishFailed(outcome, message, { cause, ...(reason === 'overloaded' && { reason }) });
}
