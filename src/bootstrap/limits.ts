/** Below Kafka's `message.max.bytes`, 1,048,588 by default, which holds for a batch too. */
export const MAX_MESSAGE_BYTES = 1_000_000;
