import { Partitioners, type Producer } from 'kafkajs';
import type { Logger } from '../engine/logger.js';
import { disconnect, type KafkaClient } from './kafka-client.js';

export const DISCONNECT_DEADLINE_MS = 2_000;
/** Sequence numbers have 31 bits, and begin again after the last. */
const SEQUENCES = 2 ** 31;

/**
 * An idempotent producer for one partition, on a connection of its own. kafkajs sends one request at a time through an
 * idempotent producer to a broker: senders that shared one would wait for each other.
 */
export class PartitionProducer {
  readonly kafkajs: Producer;
  /** Rejects when no broker could be reached: nothing was sent through it then. */
  readonly connected: Promise<void>;
  /** The sequence number of the next record. */
  sequence = 0;

  constructor(
    private readonly client: KafkaClient,
    private readonly logger: Logger,
  ) {
    this.kafkajs = client.kafka.producer({
      idempotent: true,
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
      retry: { initialRetryTime: 50, maxRetryTime: 500, retries: 20 },
    });
    this.connected = this.kafkajs.connect();
    this.connected.catch((error: unknown) => {
      logger.warn('no connection to Kafka', { error });
    });
  }

  /** So many records are confirmed. */
  sent(count: number): void {
    this.sequence = (this.sequence + count) % SEQUENCES;
  }

  async end(): Promise<void> {
    try {
      await disconnect(this.client, this.kafkajs, DISCONNECT_DEADLINE_MS);
    } catch (error) {
      this.logger.debug('a producer did not disconnect cleanly', { error });
    }
  }
}
