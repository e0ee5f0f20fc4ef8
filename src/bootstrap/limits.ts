/** Below Kafka's `message.max.bytes`, 1,048,588 by default, which holds for a batch too. */
export const MAX_MESSAGE_BYTES = 1_000_000;

/** Every publish settles within this time. */
export const PUBLISH_DEADLINE_MS = 4_500;
/** kafkajs may never settle it. */
export const ADMIN_DISCONNECT_MS = 1_000;

/**
 * What a stop takes at most after the work in flight had its time: the last commit, leaving the group, publishing what was
 * accepted, disconnecting. `SHUTDOWN_MS` has to leave room for it.
 */
export const CLOSING_MS = 12_000;
