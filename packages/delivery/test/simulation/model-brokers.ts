import type { Broker } from '../../src/kafka/kafkajs-internals.js';
import type { PartitionBatch, PartitionResponse } from '../../src/kafka/produce-request.js';
import { decodeRecordBatches } from '../../src/kafka/record-batch-decoder.js';
import type { ProducerId } from '../../src/kafka/record-batch.js';
import type { Brokers } from '../../src/kafka/topic-sender.js';
import type { ManualTimers } from '../support/manual-timers.js';

/** What may become of a request, or of the batch of one partition. The first is that all is well. */
const REQUEST_FATES = ['answered', 'lost', 'answer lost', 'late', 'slow', 'connection closed'] as const;
const BATCH_FATES = ['appended', 'declined', 'appended, and timed out', 'not named', 'moved'] as const;

/** Chooses what happens next: 0 is that nothing goes wrong. */
export type Choose = (choices: number, of: 'connection' | 'request' | 'batch') => number;

/** With the keys of its records. */
interface ReadBatch extends PartitionBatch {
  readonly keys: readonly string[];
}

interface SentBefore {
  readonly baseSequence: number;
  readonly records: number;
  readonly baseOffset: bigint;
}

const NODES = ['one', 'two'];
const TRIP_MS = 2;
const REQUEST_TIMEOUT_MS = 2_000;
/** Of an answer that is slow, and in time. */
const SLOW_MS = 1_900;
/** A broker remembers so many batches of a producer. */
const REMEMBERED = 5;

/**
 * Two brokers that lead the partitions of a topic, and number the records of each producer as Kafka does.
 * @see https://cwiki.apache.org/confluence/display/KAFKA/KIP-98
 */
export class ModelBrokers implements Brokers {
  /** The keys of the records, by partition and offset. */
  readonly log = new Map<number, string[]>();
  private readonly leaders = new Map<number, string>();
  private known: ReadonlyMap<number, string> = new Map();
  private readonly before = new Map<string, SentBefore[]>();
  private producerIds = 0n;
  private latest: ProducerId | undefined;

  constructor(
    partitions: number,
    private readonly timers: ManualTimers,
    private readonly choose: Choose,
  ) {
    for (let partition = 0; partition < partitions; partition++) {
      this.log.set(partition, []);
      this.leaders.set(partition, NODES[partition % NODES.length] ?? '');
    }
  }

  leader(partition: number): string | undefined {
    return this.known.get(partition);
  }

  async findLeaders(): Promise<void> {
    await this.trip();
    if (this.choose(2, 'connection') === 1) throw new Error('no broker responded');
    this.known = new Map(this.leaders);
  }

  async connect(node: string): Promise<Broker> {
    if (this.choose(2, 'connection') === 1) throw new Error('connection refused');
    await this.trip();
    return { brokerAddress: node } as Broker;
  }

  async producerAfter(last: ProducerId | undefined): Promise<ProducerId> {
    await this.trip();
    if (this.latest === undefined || this.latest === last) {
      this.latest = { producerId: ++this.producerIds, producerEpoch: 0 };
    }
    return this.latest;
  }

  async produce(
    { brokerAddress: node }: Broker,
    batches: readonly PartitionBatch[],
  ): Promise<ReadonlyMap<number, PartitionResponse>> {
    const fate = REQUEST_FATES[this.choose(REQUEST_FATES.length, 'request')];
    const read = await Promise.all(batches.map(withKeys));
    if (fate === 'lost') return this.noAnswer();
    if (fate === 'late') {
      // the broker reads it when its client waits no more
      this.timers.after(REQUEST_TIMEOUT_MS + 1_000, () => void this.append(node, read));
      return this.noAnswer();
    }
    await this.trip();
    const responses = this.append(node, read);
    if (fate === 'answer lost') return this.noAnswer();
    if (fate === 'connection closed') throw new Error('the connection was closed');
    await this.trip(fate === 'slow' ? SLOW_MS : TRIP_MS);
    return responses;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private append(node: string, batches: readonly ReadBatch[]): Map<number, PartitionResponse> {
    const responses = new Map<number, PartitionResponse>();
    for (const batch of batches) {
      const response = this.appendTo(node, batch);
      if (response !== undefined) responses.set(batch.partition, response);
    }
    return responses;
  }

  private appendTo(node: string, batch: ReadBatch): PartitionResponse | undefined {
    const { partition } = batch;
    if (this.leaders.get(partition) !== node) return failed('NOT_LEADER_FOR_PARTITION');
    const fate = BATCH_FATES[this.choose(BATCH_FATES.length, 'batch')];
    if (fate === 'declined') return failed('NOT_ENOUGH_REPLICAS');
    const response = this.number(batch);
    if (fate === 'appended, and timed out') return failed('REQUEST_TIMED_OUT');
    if (fate === 'not named') return undefined;
    if (fate === 'moved') {
      this.leaders.set(partition, NODES.find((other) => other !== node) ?? node);
      return failed('NOT_LEADER_FOR_PARTITION');
    }
    return response;
  }

  /** Appends what is next by its number, and recognises what was appended before. */
  private number({ partition, bytes, keys }: ReadBatch): PartitionResponse {
    const producer = `${partition} ${bytes.readBigInt64BE(43)}`;
    const [baseSequence, records] = [bytes.readInt32BE(53), bytes.readInt32BE(57)];
    const before = this.before.get(producer) ?? [];
    const same = before.find((each) => each.baseSequence === baseSequence && each.records === records);
    if (same !== undefined) return { baseOffset: same.baseOffset };
    const last = before.at(-1);
    const due = last === undefined ? 0 : last.baseSequence + last.records;
    if (baseSequence !== due) return failed('OUT_OF_ORDER_SEQUENCE_NUMBER', false);
    const log = this.log.get(partition) ?? [];
    const baseOffset = BigInt(log.length);
    log.push(...keys);
    this.before.set(producer, [...before, { baseSequence, records, baseOffset }].slice(-REMEMBERED));
    return { baseOffset };
  }

  private trip(ms = TRIP_MS): Promise<void> {
    return new Promise((resolve) => this.timers.after(ms, resolve));
  }

  private noAnswer(): Promise<never> {
    return new Promise((_, reject) => {
      this.timers.after(REQUEST_TIMEOUT_MS, () => reject(new Error('no response in time')));
    });
  }
}

async function withKeys(batch: PartitionBatch): Promise<ReadBatch> {
  const { records } = await decodeRecordBatches(batch.bytes, []);
  return { ...batch, keys: records.map(({ key }) => String(key)) };
}

function failed(type: string, retriable = true): PartitionResponse {
  return { error: Object.assign(new Error(type), { type, retriable }), baseOffset: -1n };
}
