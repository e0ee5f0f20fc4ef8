import { silentLogger } from '../../src/contract/silent-logger.js';
import { createKafkaClient } from '../../src/kafka/kafka-client.js';

/** Makes a client that never connects: the first one of a process patches kafkajs. */
export function patchKafkajs(): void {
  createKafkaClient({ brokers: ['127.0.0.1:9'], clientId: 'test', requestTimeoutMs: 1_000 }, silentLogger);
}
