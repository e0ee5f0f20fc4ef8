import type { Broker } from './kafkajs-internals.js';
import type { Batch, PartitionQueue } from './partition-queue.js';
import type { PartitionBatch, PartitionResponse } from './produce-request.js';
import type { TopicBrokers } from './topic-brokers.js';

/** Whose queues are sent. */
export interface QueueScheduler {
  now(): number;
  /** Between two requests. */
  pause(): Promise<void>;
  schedule(queue: PartitionQueue): void;
  /** Its leader may be another one now, or be unavailable. */
  findLeader(queue: PartitionQueue): void;
}

interface TakenBatch {
  readonly queue: PartitionQueue;
  readonly batch: Batch;
}

type Responses = ReadonlyMap<number, PartitionResponse>;

const NONE: Responses = new Map();
/** Of all batches of a request, but for the first. A broker takes 100 MiB by default. */
const MAX_REQUEST_BYTES = 4 * 1024 * 1024;

/**
 * Sends to one broker what is queued for the partitions that it leads: one request with a batch of each, and the next one
 * when that is answered.
 */
export class BrokerSender {
  private readonly ready = new Set<PartitionQueue>();
  private isRunning = false;

  constructor(
    private readonly node: string,
    private readonly brokers: Pick<TopicBrokers, 'connect' | 'producerAfter' | 'produce'>,
    private readonly scheduler: QueueScheduler,
  ) {}

  add(queue: PartitionQueue): void {
    this.ready.add(queue);
    if (!this.isRunning) void this.run();
  }

  private async run(): Promise<void> {
    this.isRunning = true;
    await Promise.resolve(); // what is published in the same turn goes in the first request
    while (this.ready.size > 0) {
      await this.send(this.take());
      await this.scheduler.pause();
    }
    this.isRunning = false;
  }

  private take(): TakenBatch[] {
    const taken: TakenBatch[] = [];
    let bytes = 0;
    for (const queue of this.ready) {
      const batch = queue.next(this.scheduler.now());
      bytes += batch?.bytes ?? 0;
      if (taken.length > 0 && bytes > MAX_REQUEST_BYTES) break;
      this.ready.delete(queue);
      if (batch === undefined) this.scheduler.schedule(queue);
      else taken.push({ queue, batch });
    }
    return taken;
  }

  /** Never rejects. */
  private async send(taken: readonly TakenBatch[]): Promise<void> {
    if (taken.length === 0) return;
    let broker: Broker;
    let encoded: readonly PartitionBatch[];
    try {
      broker = await this.brokers.connect(this.node);
      encoded = await this.encode(taken, broker);
    } catch (error) {
      for (const { queue } of taken) {
        queue.notSent(error);
        this.scheduler.findLeader(queue);
      }
      return;
    }
    const now = this.scheduler.now();
    const begun = taken.map(({ queue, batch }) => queue.begin(batch, now));
    const batches = encoded.filter((_, index) => begun[index]);
    const responses = batches.length === 0 ? NONE : await this.produce(broker, batches);
    taken.forEach(({ queue, batch }, index) => {
      if (begun[index] === true) tell(queue, batch, responses);
      if (queue.isSettled(batch)) this.scheduler.schedule(queue);
      else this.scheduler.findLeader(queue);
    });
  }

  private async encode(taken: readonly TakenBatch[], broker: Broker): Promise<PartitionBatch[]> {
    for (const { queue } of taken) {
      if (!queue.needsProducer) continue;
      queue.numberUnder(await this.brokers.producerAfter(queue.lastProducer, broker));
    }
    const encoded = taken.map(({ queue, batch }) => ({
      partition: queue.partition,
      bytes: queue.encode(batch),
    }));
    if (encoded.every(isEncoded)) return encoded;
    return Promise.all(encoded.map(async ({ partition, bytes }) => ({ partition, bytes: await bytes })));
  }

  private async produce(broker: Broker, batches: readonly PartitionBatch[]): Promise<Responses | Error> {
    try {
      return await this.brokers.produce(broker, batches);
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }
}

/** What is compressed takes a moment. */
function isEncoded(batch: { readonly bytes: Buffer | Promise<Buffer> }): batch is PartitionBatch {
  return Buffer.isBuffer(batch.bytes);
}

function tell(queue: PartitionQueue, batch: Batch, responses: Responses | Error): void {
  const response = responses instanceof Error ? responses : responses.get(queue.partition);
  if (response === undefined || response instanceof Error) queue.unanswered(batch, response);
  else queue.answered(batch, response);
}
