import { setImmediate as turnOfEventLoop } from 'node:timers/promises';
import type { Kafka, Producer, ProducerConfig, ProducerRecord, RecordMetadata } from 'kafkajs';
import type { KafkaClient } from '../../src/kafka/kafka-client.js';

/** A send that waits for the test to respond. */
export interface HeldSend {
  readonly record: ProducerRecord;
  respond(...metadata: Partial<RecordMetadata>[]): void;
  fail(error: Error): void;
}

/** What is used of a kafkajs producer; the test responds for the brokers. */
export class StubProducer {
  readonly sends: HeldSend[] = [];
  disconnects = 0;
  destroyed = 0;
  disconnecting: () => Promise<void> = () => Promise.resolve();

  constructor(
    readonly config: ProducerConfig,
    readonly connect: () => Promise<void>,
  ) {}

  send(record: ProducerRecord): Promise<RecordMetadata[]> {
    return new Promise((resolve, reject) => {
      this.sends.push({
        record,
        respond: (...metadata) => resolve(metadata as RecordMetadata[]),
        fail: reject,
      });
    });
  }

  disconnect(): Promise<void> {
    this.disconnects++;
    return this.disconnecting();
  }
}

const UNUSED = {
  newCluster: () => {
    throw new Error('nothing reads here');
  },
  connectionProblem: () => undefined,
};

/** Makes clients, each with one producer, and keeps those. */
export class StubProducers {
  readonly made: StubProducer[] = [];
  connect: () => Promise<void> = () => Promise.resolve();

  readonly newClient = (): KafkaClient => {
    const producer = (config: ProducerConfig = {}) => {
      const made = new StubProducer(config, this.connect);
      this.made.push(made);
      return made as unknown as Producer;
    };
    const destroy = () => {
      for (const each of this.made.slice(index, index + 1)) each.destroyed++;
    };
    const index = this.made.length;
    return { kafka: { producer } as unknown as Kafka, ...UNUSED, destroy };
  };

  /** The one that was made as number `index`, from 0 on. */
  nth(index: number): StubProducer {
    const made = this.made[index];
    if (made === undefined) throw new Error(`only ${this.made.length} producers were made`);
    return made;
  }
}

/** Lets all promises that can settle do so, those that wait for turns of the event loop too; needs no time. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await turnOfEventLoop();
}
