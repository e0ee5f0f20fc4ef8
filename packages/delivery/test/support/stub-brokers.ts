import type { Broker } from '../../src/kafka/kafkajs-internals.js';
import type { PartitionBatch, PartitionResponse } from '../../src/kafka/produce-request.js';
import type { ProtocolError } from '../../src/kafka/protocol-error.js';
import type { ProducerId } from '../../src/kafka/record-batch.js';
import type { Brokers } from '../../src/kafka/topic-sender.js';

/** What a batch says of itself. */
export interface SentBatch {
  readonly partition: number;
  readonly records: number;
  readonly producerId: bigint;
  readonly baseSequence: number;
}

/** A request that waits for the test to respond. */
export interface HeldRequest {
  readonly node: string;
  readonly batches: readonly SentBatch[];
  /** With the offset of the first record, or the type of an error, by partition. */
  respond(answers: Readonly<Record<number, bigint | string>>): void;
  fail(error: Error): void;
}

/** The brokers of a topic; the test responds for them. */
export class StubBrokers implements Brokers {
  readonly requests: HeldRequest[] = [];
  /** By partition, as the brokers would say. */
  readonly leaders = new Map<number, string>();
  timesAsked = 0;
  isClosed = false;
  connecting: (node: string) => Promise<unknown> = () => Promise.resolve();
  finding: () => Promise<unknown> = () => Promise.resolve();
  private known: ReadonlyMap<number, string> = new Map();
  private producer: ProducerId | undefined;

  leader(partition: number): string | undefined {
    return this.known.get(partition);
  }

  async findLeaders(): Promise<void> {
    this.timesAsked++;
    await this.finding();
    this.known = new Map(this.leaders);
  }

  async connect(node: string): Promise<Broker> {
    await this.connecting(node);
    return { brokerAddress: node } as Broker;
  }

  producerAfter(last: ProducerId | undefined): Promise<ProducerId> {
    if (this.producer === undefined || this.producer === last) {
      this.producer = { producerId: (last?.producerId ?? 0n) + 1n, producerEpoch: 0 };
    }
    return Promise.resolve(this.producer);
  }

  produce(
    { brokerAddress }: Broker,
    batches: readonly PartitionBatch[],
  ): Promise<ReadonlyMap<number, PartitionResponse>> {
    return new Promise((resolve, reject) => {
      this.requests.push({
        node: brokerAddress,
        batches: batches.map(toSent),
        respond: (answers) => {
          const entries = Object.entries(answers);
          resolve(new Map(entries.map(([partition, answer]) => [Number(partition), toResponse(answer)])));
        },
        fail: reject,
      });
    });
  }

  close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }

  /** The latest request. */
  get last(): HeldRequest {
    const last = this.requests.at(-1);
    if (last === undefined) throw new Error('nothing was sent');
    return last;
  }
}

const RETRIABLE = new Set(['NOT_LEADER_FOR_PARTITION', 'NOT_ENOUGH_REPLICAS', 'REQUEST_TIMED_OUT']);

function toResponse(answer: bigint | string): PartitionResponse {
  if (typeof answer === 'bigint') return { baseOffset: answer };
  const error = Object.assign(new Error(answer), { type: answer, retriable: RETRIABLE.has(answer) });
  return { error: error satisfies ProtocolError, baseOffset: -1n };
}

/** @see https://kafka.apache.org/documentation/#recordbatch */
function toSent({ partition, bytes }: PartitionBatch): SentBatch {
  return {
    partition,
    records: bytes.readInt32BE(57),
    producerId: bytes.readBigInt64BE(43),
    baseSequence: bytes.readInt32BE(53),
  };
}
