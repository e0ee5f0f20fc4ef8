/** Delivery in the memory of one process, with the same contract as on Kafka. */
export { InMemoryMessaging, type InMemoryMessagingSettings } from './in-memory-messaging.js';
