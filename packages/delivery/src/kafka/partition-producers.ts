import { Partitioners, type Producer } from 'kafkajs';
import type { Logger } from '../engine/logger.js';
import { disconnect, type KafkaClient } from './kafka-client.js';

export const DISCONNECT_DEADLINE_MS = 2_000;
/** Sequence numbers have 31 bits, and begin again after the last. */
const SEQUENCES = 2 ** 31;

/** An idempotent producer for one partition, on a connection of its own. */
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

/**
 * Makes producers, one for each partition sender. kafkajs sends one request at a time through an idempotent producer to a
 * broker: senders that shared one would wait for each other.
 */
export class PartitionProducers {
  private readonly open = new Set<PartitionProducer>();
  private closed = false;

  constructor(
    private readonly newClient: () => KafkaClient,
    private readonly logger: Logger,
  ) {}

  /** @throws an Error once they are closed: nobody would end that producer */
  create(): PartitionProducer {
    if (this.closed) throw new Error('the producers are closed');
    const made = new PartitionProducer(this.newClient(), this.logger);
    made.connected.catch((error: unknown) => {
      this.logger.warn('no connection to Kafka', { error });
    });
    this.open.add(made);
    return made;
  }

  async end(producer: PartitionProducer): Promise<void> {
    if (this.open.delete(producer)) await producer.end();
  }

  async close(): Promise<void> {
    this.closed = true;
    await Promise.all([...this.open].map((producer) => this.end(producer)));
  }
}
