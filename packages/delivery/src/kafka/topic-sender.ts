import { before } from '../engine/deadline.js';
import { PublishFailed, type Message, type PublishedMessage } from '../engine/publisher.js';
import { systemTimers, type Timers } from '../engine/timers.js';
import { BrokerSender } from './broker-sender.js';
import { PartitionQueue, type BatchSettings } from './partition-queue.js';
import type { TopicBrokers } from './topic-brokers.js';
import { eventLoopTurns } from './yield-to-event-loop.js';

export interface TopicSenderSettings extends BatchSettings {
  /** Every append settles within this time. */
  readonly deadlineMs: number;
}

/** What is needed of {@link TopicBrokers}. */
export type Brokers = Pick<
  TopicBrokers,
  'leader' | 'findLeaders' | 'connect' | 'producerAfter' | 'produce' | 'close'
>;

/**
 * A pause between two requests, in turns of the event loop: a busy process gets more messages into the next one, an idle one
 * waits for nothing.
 */
const TURNS_BETWEEN_REQUESTS = 8;
/** Before it is asked again who leads a partition. Kafka's own producer waits as long, `retry.backoff.ms`. */
const FIND_LEADERS_EVERY_MS = 100;

/** Appends to a topic: a queue for each partition, and a {@link BrokerSender} for each broker that leads some. */
export class TopicSender {
  private readonly queues = new Map<number, PartitionQueue>();
  private readonly senders = new Map<string, BrokerSender>();
  /** Those whose leader is to be found. */
  private readonly lost = new Set<PartitionQueue>();
  private isFinding = false;
  private unsettled = 0;
  private isExpiring = false;
  private closed = false;
  /** Waiting for the last message to be settled. */
  private readonly closing: (() => void)[] = [];

  constructor(
    private readonly settings: TopicSenderSettings,
    private readonly brokers: Brokers,
    private readonly timers: Timers = systemTimers,
    readonly pause: () => Promise<void> = () => eventLoopTurns(TURNS_BETWEEN_REQUESTS),
  ) {}

  /** Rejects with PublishFailed, also once closed and when the partition is not known in time. */
  async append(
    message: Message,
    bytes: number,
    choosePartition: () => number | Promise<number>,
  ): Promise<PublishedMessage> {
    if (this.closed) throw new PublishFailed('not-sent', `'${this.settings.topic}' is closed`);
    const deadline = this.now() + this.settings.deadlineMs;
    this.unsettled++;
    try {
      const chosen = choosePartition();
      const partition = typeof chosen === 'number' ? chosen : await this.inTime(chosen);
      return await new Promise<PublishedMessage>((resolve, reject) => {
        const queue = this.queue(partition);
        queue.add({ message, bytes, deadline, resolve, reject });
        if (!queue.isScheduled) this.schedule(queue);
        this.expireAfter(this.settings.deadlineMs / 2);
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
    await this.brokers.close();
  }

  now(): number {
    return this.timers.now();
  }

  /** Has the queue sent to its leader, unless there is nothing to send. */
  readonly schedule = (queue: PartitionQueue): void => {
    queue.isScheduled = !queue.isEmpty;
    if (!queue.isScheduled) return;
    const leader = this.brokers.leader(queue.partition);
    if (leader === undefined) this.findLeader(queue);
    else this.sender(leader).add(queue);
  };

  readonly findLeader = (queue: PartitionQueue): void => {
    this.lost.add(queue);
    if (!this.isFinding) void this.findLeaders();
  };

  private async findLeaders(): Promise<void> {
    this.isFinding = true;
    while (this.lost.size > 0) {
      try {
        await this.brokers.findLeaders();
      } catch (error) {
        for (const queue of this.lost) queue.notSent(error); // to the leaders that are known it may be
      }
      const found = [...this.lost];
      this.lost.clear();
      found.forEach(this.schedule);
      await new Promise<void>((resolve) => this.timers.after(FIND_LEADERS_EVERY_MS, resolve));
    }
    this.isFinding = false;
  }

  /** Whatever its sender waits for, a message is settled in time. */
  private readonly expire = (): void => {
    this.isExpiring = false;
    const now = this.now();
    let next = Infinity;
    for (const queue of this.queues.values()) next = Math.min(next, queue.expire(now));
    if (next < Infinity) this.expireAfter(next - now);
  };

  private expireAfter(ms: number): void {
    if (this.isExpiring) return;
    this.isExpiring = true;
    this.timers.after(ms, this.expire);
  }

  private async inTime(partition: Promise<number>): Promise<number> {
    const { topic, deadlineMs } = this.settings;
    try {
      return await before(deadlineMs, partition, this.timers);
    } catch (cause) {
      throw new PublishFailed('not-sent', `the partitions of '${topic}' can't be read`, { cause });
    }
  }

  private queue(partition: number): PartitionQueue {
    let queue = this.queues.get(partition);
    if (queue === undefined) {
      queue = new PartitionQueue(this.settings, partition);
      this.queues.set(partition, queue);
    }
    return queue;
  }

  private sender(node: string): BrokerSender {
    let sender = this.senders.get(node);
    if (sender === undefined) {
      sender = new BrokerSender(node, this.brokers, this);
      this.senders.set(node, sender);
    }
    return sender;
  }
}
