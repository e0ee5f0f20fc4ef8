export const DAY_MS = 24 * 60 * 60 * 1_000;

/** Of the order topic, as the service creates it. */
export const TOPIC_RETENTION_DAYS = 30;

/** Below Kafka's `message.max.bytes`, 1,048,588 by default, which holds for a batch too. */
export const MAX_MESSAGE_BYTES = 1_000_000;

/** Every publish settles within this time. */
export const PUBLISH_DEADLINE_MS = 4_500;

/** Of the Kafka publisher. */
export const MAX_QUEUED_MESSAGES = 20_000;
export const MAX_QUEUED_BYTES = 64 * 1024 * 1024;

/**
 * Of all imports of the process: an order that is sent alone waits behind those of its partition. 5,000 leave `Send` 0.02 to
 * 0.08 of its rate, 1,000 about 0.3, 500 about 0.6; an import alone is as fast with each.
 */
export const MAX_IMPORTED_IN_FLIGHT = 500;

/** Requests that may wait for their order to be completed, and orders that may be followed, at a time. */
export const MAX_WAITING = 5_000;
export const MAX_FOLLOWED = 1_000;

/**
 * Of one client at a time, with `RATE_LIMIT`: half of what the process has. It has no number of imports: they share the orders in
 * flight, in equal parts.
 */
export const CLIENT_PLACES = {
  waits: MAX_WAITING / 2,
  orderStreams: MAX_FOLLOWED / 2,
  liveStreams: 50,
  imports: 10,
};

/** In a process, by starting one after another. It may begin with more. */
export const MAX_REPLICAS = 20;

/** Between trials of an unavailable dependency, and between attempts to write a dead letter; it doubles. */
export const DEPENDENCY_RETRY_INITIAL_MS = 200;
export const DEPENDENCY_RETRY_MAX_MS = 30_000;

/**
 * What a stop takes at most after the orders in flight had their time: the last commit, leaving the group, publishing what
 * was accepted, disconnecting. `SHUTDOWN_MS` has to leave room for it.
 */
export const CLOSING_MS = 12_000;
