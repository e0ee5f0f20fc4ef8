import { before } from '../engine/deadline.js';
import { PublishFailed, type Message, type PublishedMessage } from '../engine/publisher.js';
import { PartitionSender, type PartitionSenderSettings } from './partition-sender.js';
import type { PartitionProducer } from './partition-producer.js';

/** Appends to a topic through a {@link PartitionSender} for each partition. */
export class PartitionSenders {
  private readonly senders = new Map<number, PartitionSender>();
  private unsettled = 0;
  private closed = false;
  /** Waiting for the last message to be settled. */
  private readonly closing: (() => void)[] = [];

  constructor(
    private readonly settings: PartitionSenderSettings,
    private readonly newProducer: () => PartitionProducer,
  ) {}

  /** Rejects with PublishFailed, also once closed and when the partition is not known in time. */
  async append(
    message: Message,
    bytes: number,
    choosePartition: () => number | Promise<number>,
  ): Promise<PublishedMessage> {
    if (this.closed) throw new PublishFailed('not-sent', `'${this.settings.topic}' is closed`);
    const deadline = performance.now() + this.settings.deadlineMs;
    this.unsettled++;
    try {
      const chosen = choosePartition();
      const partition = typeof chosen === 'number' ? chosen : await this.inTime(chosen);
      return await new Promise<PublishedMessage>((resolve, reject) => {
        this.sender(partition).add({ message, bytes, deadline, resolve, reject });
      });
    } finally {
      this.unsettled--;
      if (this.unsettled === 0) for (const resolve of this.closing.splice(0)) resolve();
    }
  }

  /** Settles what was appended, then disconnects. */
  async close(): Promise<void> {
    this.closed = true;
    if (this.unsettled > 0) await new Promise<void>((resolve) => this.closing.push(resolve));
    await Promise.all([...this.senders.values()].map((sender) => sender.endProducer()));
  }

  private async inTime(partition: Promise<number>): Promise<number> {
    const { topic, deadlineMs } = this.settings;
    try {
      return await before(deadlineMs, partition);
    } catch (cause) {
      throw new PublishFailed('not-sent', `the partitions of '${topic}' can't be read`, { cause });
    }
  }

  private sender(partition: number): PartitionSender {
    let sender = this.senders.get(partition);
    if (sender === undefined) {
      sender = new PartitionSender(this.settings, partition, this.newProducer);
      this.senders.set(partition, sender);
    }
    return sender;
  }
}
