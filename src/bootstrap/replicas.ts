import { TooManyReplicas } from '../application/ports/replica-starter.js';
import { MAX_REPLICAS } from './config/limits.js';
import type { OrderConsumer } from '../interfaces/messaging/order-consumer.js';

/** The replicas of this process: those that it begins with, less those that have ended, and those that were added. */
export class Replicas {
  private readonly consumers: OrderConsumer[];

  /**
   * @param names of those that it begins with
   * @param prefix of the names of all others
   */
  constructor(
    private readonly names: readonly string[],
    private readonly prefix: string,
    private readonly make: (name: string) => OrderConsumer,
  ) {
    this.consumers = names.map(make);
  }

  /** At this moment. */
  get all(): readonly OrderConsumer[] {
    return this.consumers;
  }

  /** One more, which is not started. @throws TooManyReplicas */
  add(): OrderConsumer {
    if (this.consumers.length >= MAX_REPLICAS) throw new TooManyReplicas(MAX_REPLICAS);
    const consumer = this.make(this.freeName());
    this.consumers.push(consumer);
    return consumer;
  }

  /** Stops it as {@link OrderConsumer.stop} does; then it is none of these any more. */
  async end(consumer: OrderConsumer, deadlineMs: number): Promise<void> {
    await consumer.stop(deadlineMs);
    const at = this.consumers.indexOf(consumer);
    if (at !== -1) this.consumers.splice(at, 1);
  }

  private freeName(): string {
    const taken = new Set(this.consumers.map(({ replica }) => replica));
    for (let number = 1; ; number++) {
      const name = this.names[number - 1] ?? `${this.prefix}-${number}`;
      if (!taken.has(name)) return name;
    }
  }
}
