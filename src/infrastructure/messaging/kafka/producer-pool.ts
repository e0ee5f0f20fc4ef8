import { Partitioners, type Producer } from 'kafkajs';
import type { Logger } from '../../../application/ports/logger.js';
import type { KafkaClient } from './kafka-client.js';

const DISCONNECT_DEADLINE_MS = 2_000;

/** An idempotent producer on a connection of its own. */
export class PooledProducer {
  readonly producer: Producer;
  /** Rejects when no broker could be reached: nothing was sent through it then. */
  readonly connected: Promise<void>;
  /** How many lanes send through it. */
  lanes = 0;

  constructor(
    private readonly client: KafkaClient,
    private readonly logger: Logger,
  ) {
    this.producer = client.kafka.producer({
      idempotent: true,
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
      retry: { initialRetryTime: 50, maxRetryTime: 500, retries: 20 },
    });
    this.connected = this.producer.connect();
  }

  async end(): Promise<void> {
    const deadline = setTimeout(() => {
      this.client.destroy();
    }, DISCONNECT_DEADLINE_MS);
    try {
      await this.producer.disconnect();
    } catch (error) {
      this.logger.debug('a producer did not disconnect cleanly', { error });
    } finally {
      clearTimeout(deadline);
      this.client.destroy();
    }
  }
}

/**
 * Hands out producers. A send that failed leaves wrong sequence numbers for its partition, so that lane gets a new
 * producer (a new producer id); lanes without a failure keep theirs.
 */
export class ProducerPool {
  private current: PooledProducer | undefined;
  private readonly members = new Set<PooledProducer>();

  constructor(
    private readonly newClient: () => KafkaClient,
    private readonly logger: Logger,
  ) {}

  /** The newest producer. */
  acquire(): PooledProducer {
    this.current ??= this.create();
    this.current.lanes++;
    return this.current;
  }

  /** Later lanes get a producer of their own; lanes that have one keep it. */
  renew(): void {
    this.current = undefined;
  }

  /** Gives back a producer that failed the lane; the last lane to do so ends it. */
  discard(failed: PooledProducer): void {
    if (failed === this.current) this.current = undefined;
    failed.lanes--;
    if (failed.lanes === 0) void this.end(failed);
  }

  async close(): Promise<void> {
    this.current = undefined;
    await Promise.all([...this.members].map((member) => this.end(member)));
  }

  private create(): PooledProducer {
    const member = new PooledProducer(this.newClient(), this.logger);
    member.connected.catch((error: unknown) => {
      this.logger.warn('no connection to Kafka', { error });
    });
    this.members.add(member);
    return member;
  }

  private async end(member: PooledProducer): Promise<void> {
    if (this.members.delete(member)) await member.end();
  }
}
