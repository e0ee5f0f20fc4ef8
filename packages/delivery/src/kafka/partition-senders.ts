import type { CompressionTypes } from 'kafkajs';
import { PublishFailed, type Message, type PublishedMessage } from '../engine/publisher.js';
import { before } from './deadline.js';
import { PartitionSender } from './partition-sender.js';
import type { PartitionProducers } from './partition-producers.js';

export interface PartitionSendersSettings {
  readonly topic: string;
  /** Every append settles within this time. */
  readonly deadlineMs: number;
  /** A message that is larger goes in a batch of its own. */
  readonly maxBatchBytes: number;
  readonly compression?: CompressionTypes;
}

/** Appends to a topic through a lane for each partition; see {@link PartitionSender} for why. */
export class PartitionSenders {
  private readonly lanes = new Map<number, PartitionSender>();
  private unsettled = 0;
  private closed = false;
  /** Waiting for the last message to be settled. */
  private readonly settled: (() => void)[] = [];

  constructor(
    private readonly settings: PartitionSendersSettings,
    private readonly producers: PartitionProducers,
    private readonly partitionCount: () => number | Promise<number>,
  ) {}

  /** `choose` gets the number of partitions. Rejects with PublishFailed, once closed too, or with what `choose` throws. */
  async append(
    message: Message,
    bytes: number,
    choose: (partitions: number) => number,
  ): Promise<PublishedMessage> {
    if (this.closed) throw new PublishFailed('not-sent', `'${this.settings.topic}' is closed`);
    const deadline = performance.now() + this.settings.deadlineMs;
    this.unsettled++;
    try {
      const known = this.partitionCount();
      const partition = choose(typeof known === 'number' ? known : await this.partitions(known, deadline));
      return await new Promise<PublishedMessage>((resolve, reject) => {
        this.lane(partition).add({ message, bytes, deadline, resolve, reject });
      });
    } finally {
      this.unsettled--;
      if (this.unsettled === 0) for (const resolve of this.settled.splice(0)) resolve();
    }
  }

  /** Settles what was appended, then disconnects. */
  async close(): Promise<void> {
    this.closed = true;
    if (this.unsettled > 0) await new Promise<void>((resolve) => this.settled.push(resolve));
    await this.producers.close();
  }

  private async partitions(count: Promise<number>, deadline: number): Promise<number> {
    try {
      return await before(deadline, count);
    } catch (cause) {
      const { topic } = this.settings;
      throw new PublishFailed('not-sent', `the partitions of '${topic}' can't be read`, { cause });
    }
  }

  private lane(partition: number): PartitionSender {
    let lane = this.lanes.get(partition);
    if (lane === undefined) {
      const { topic, maxBatchBytes, compression } = this.settings;
      lane = new PartitionSender(topic, partition, maxBatchBytes, this.producers, compression);
      this.lanes.set(partition, lane);
    }
    return lane;
  }
}
