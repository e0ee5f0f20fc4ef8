/** Delivery on Apache Kafka, by kafkajs. */
export { type KafkaSecurity } from './kafka-security.js';
export { KafkaMessaging, type KafkaMessagingSettings } from './kafka-messaging.js';
