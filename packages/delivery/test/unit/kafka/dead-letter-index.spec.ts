import { beforeEach, describe, expect, it } from '@jest/globals';
import type { DeadLetter } from '../../../src/engine/dead-letters.js';
import { DeadLetterIndex } from '../../../src/kafka/dead-letter-index.js';
import { encodeDeadLetter } from '../../../src/kafka/dead-letter-record.js';
import type { LogRecord } from '../../../src/kafka/log-record.js';
import type { LogEnds } from '../../../src/kafka/starting-positions.js';
import type { TopicReader } from '../../../src/kafka/topic-reader.js';
import { aDeadLetter, REASONS, type Reason } from '../../../src/contract/a-dead-letter.js';
import { silentLogger } from '../../../src/contract/silent-logger.js';
import { settled } from '../../support/settled.js';

const { partition } = aDeadLetter().origin;

/** One partition that is in memory; where it ends is told when the test says so. */
class HeldTopic {
  timesAsked = 0;
  private readonly records: LogRecord[] = [];
  private tell: () => void = () => undefined;

  append(deadLetter: DeadLetter): void {
    const { key, headers } = encodeDeadLetter(deadLetter);
    const texts = (places: ReadonlyMap<string, number>) =>
      [...places.keys()].map((name) => headers[name] && Buffer.from(headers[name]).toString());
    this.records.push({ offset: BigInt(this.records.length), key, bytes: 1, texts } as unknown as LogRecord);
  }

  async ends() {
    this.timesAsked++;
    const high = BigInt(this.records.length);
    await new Promise<void>((resolve) => (this.tell = resolve));
    return new Map([[partition, { low: 0n, high }]]);
  }

  fetch(_partition: number, position: bigint) {
    const records = this.records.slice(Number(position));
    return Promise.resolve({ records, next: BigInt(this.records.length) });
  }

  async respond(): Promise<void> {
    this.tell();
    await settled();
  }
}

let topic: HeldTopic;
let index: DeadLetterIndex<Reason>;
beforeEach(() => {
  topic = new HeldTopic();
  index = new DeadLetterIndex('orders.dlq', topic as unknown as TopicReader, REASONS, silentLogger);
});

describe('a query that comes while another one reads', () => {
  it('sees what was appended after that one had asked for the end, and shares its read with all that wait', async () => {
    const first = index.find({});
    await settled();
    topic.append(aDeadLetter());
    const others = [index.find({}), index.find({})];
    await topic.respond();
    expect(await first).toEqual([]);

    await topic.respond();
    expect((await Promise.all(others)).map(({ length }) => length)).toEqual([1, 1]);
    expect(topic.timesAsked).toBe(2);
  });

  it('does not fail with that one', async () => {
    const failure = new Error('no leader');
    topic.ends = () => Promise.reject(failure);
    const first = index.find({});
    const failed = expect(first).rejects.toBe(failure);
    await Promise.resolve();
    topic.ends = () => Promise.resolve(new Map<number, LogEnds>());
    const second = index.find({});

    await failed;
    expect(await second).toEqual([]);
  });
});
