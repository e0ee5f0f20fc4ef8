/** Delivery on Apache Kafka, by kafkajs. */
export { KafkaMessaging, type KafkaMessagingSettings } from './kafka-messaging.js';
