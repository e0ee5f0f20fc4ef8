import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { setImmediate as turnOfEventLoop } from 'node:timers/promises';
import type { PublishedMessage } from '../../../src/engine/publisher.js';
import { batchMessage } from '../../../src/kafka/kafkajs-produce-patch.js';
import { PartitionSender } from '../../../src/kafka/partition-sender.js';
import { PartitionProducer } from '../../../src/kafka/partition-producer.js';
import { silentLogger } from '../../../src/contract/silent-logger.js';
import { settled, StubProducers } from '../../support/stub-producers.js';

const TOPIC = 'orders';
const DEADLINE_MS = 4_500;
const MAX_BATCH_BYTES = 1_000;
const MESSAGE = { key: 'k', value: new Uint8Array([1]), headers: {} };
const NEVER = new Promise<never>(() => undefined);
const notSent = expect.objectContaining({ name: 'PublishFailed', outcome: 'not-sent' });
const unknown = expect.objectContaining({ name: 'PublishFailed', outcome: 'unknown' });

interface Batch {
  readonly partition: number;
  readonly records: readonly unknown[];
  readonly baseSequence: number;
}

let producers: StubProducers;

beforeEach(() => {
  jest.useFakeTimers();
  producers = new StubProducers();
});
afterEach(() => {
  jest.useRealTimers();
});

/** A partition sender, with its outcomes in their order. */
class SenderFixture {
  readonly outcomes: unknown[] = [];
  private readonly sender: PartitionSender;

  constructor(partition = 3) {
    this.sender = new PartitionSender(
      { topic: TOPIC, maxBatchBytes: MAX_BATCH_BYTES },
      partition,
      () => new PartitionProducer(producers.newClient(), silentLogger),
    );
  }

  async add(count: number, { bytes = 1, deadlineMs = DEADLINE_MS } = {}): Promise<void> {
    for (let each = 0; each < count; each++) {
      this.sender.add({
        message: MESSAGE,
        bytes,
        deadline: performance.now() + deadlineMs,
        resolve: (published: PublishedMessage) => this.outcomes.push(published.offset),
        reject: (error: Error) => this.outcomes.push(error),
      });
    }
    await settled();
  }
}

/** Responds to the send number `index` of the producer number `producer`. */
async function respond(
  index: number,
  baseOffset: string,
  { producer = 0, partition = 3 } = {},
): Promise<void> {
  producers.nth(producer).sends[index]?.respond({ partition, baseOffset });
  await settled();
}

async function fail(index: number, producer = 0): Promise<void> {
  producers.nth(producer).sends[index]?.fail(new Error('the connection was closed'));
  await settled();
}

/** What was sent as one message of kafkajs is a batch. */
const sent = (producer = 0) =>
  producers.nth(producer).sends.map(({ record }) => record.messages[0] as unknown as Batch);
const batches = (producer = 0) => sent(producer).map(({ records }) => records.length);
const sequences = (producer = 0) => sent(producer).map(({ baseSequence }) => baseSequence);

describe('a partition sender', () => {
  it('sends what was published in one turn as one batch, and waits for all in-sync replicas', async () => {
    const sender = new SenderFixture();
    await sender.add(3);

    const batch = batchMessage(3, [MESSAGE, MESSAGE, MESSAGE], 0);
    expect(producers.nth(0).sends.map(({ record }) => record)).toEqual([
      { topic: TOPIC, messages: [batch], acks: -1, timeout: 1_800 },
    ]);
  });

  it('resolves each message with its own offset', async () => {
    const sender = new SenderFixture();
    await sender.add(3);
    await respond(0, '9007199254740993');

    expect(sender.outcomes).toEqual(['9007199254740993', '9007199254740994', '9007199254740995']);
  });

  it('has one send in flight; what arrives meanwhile is the next batch', async () => {
    const sender = new SenderFixture();
    await sender.add(1);
    await sender.add(2);
    await sender.add(3);
    expect(batches()).toEqual([1]);

    await respond(0, '0');
    expect(batches()).toEqual([1, 5]);
  });

  it('gathers for some turns of the event loop before it sends again', async () => {
    const sender = new SenderFixture();
    await sender.add(2);
    await sender.add(1);
    producers.nth(0).sends[0]?.respond({ partition: 3, baseOffset: '0' });
    await turnOfEventLoop();
    await sender.add(1);

    expect(batches()).toEqual([2, 2]);
  });

  it('sends again after it had nothing to send', async () => {
    const sender = new SenderFixture();
    await sender.add(1);
    await respond(0, '0');
    await sender.add(1);
    await respond(1, '1');

    expect(sender.outcomes).toEqual(['0', '1']);
  });

  it('numbers its records, so that the broker knows what it has', async () => {
    const sender = new SenderFixture();
    await sender.add(3);
    await respond(0, '0');
    await sender.add(2);
    await respond(1, '3');
    await sender.add(1);

    expect(sequences()).toEqual([0, 3, 5]);
  });

  it('puts at most 500 messages into a batch', async () => {
    const sender = new SenderFixture();
    await sender.add(1_001);
    for (const [index, offset] of ['0', '500', '1000'].entries()) await respond(index, offset);

    expect(batches()).toEqual([500, 500, 1]);
    expect(sender.outcomes).toHaveLength(1_001);
  });

  it('puts at most its limit of bytes into a batch', async () => {
    const sender = new SenderFixture();
    await sender.add(5, { bytes: MAX_BATCH_BYTES / 2 });
    for (const [index, offset] of ['0', '2', '4'].entries()) await respond(index, offset);

    expect(batches()).toEqual([2, 2, 1]);
  });

  it('sends a message that is over the limit of a batch alone', async () => {
    const sender = new SenderFixture();
    await sender.add(2, { bytes: MAX_BATCH_BYTES + 1 });
    await respond(0, '0');

    expect(batches()).toEqual([1, 1]);
  });
});

describe('a send that failed', () => {
  it('has an unknown outcome, for its batch alone', async () => {
    const sender = new SenderFixture();
    await sender.add(2);
    await sender.add(1);
    await fail(0);
    await respond(0, '7', { producer: 1 });

    expect(sender.outcomes).toEqual([unknown, unknown, '7']);
  });

  it('names what happened as its cause', async () => {
    const sender = new SenderFixture();
    await sender.add(1);
    await fail(0);

    expect(sender.outcomes).toMatchObject([{ cause: { message: 'the connection was closed' } }]);
  });

  it('gives its sender a new producer, and leaves the others theirs', async () => {
    const [failing, other] = [new SenderFixture(3), new SenderFixture(4)];
    await failing.add(1);
    await other.add(1);
    await fail(0);
    await respond(0, '0', { producer: 1, partition: 4 });
    await failing.add(1);
    await other.add(1);

    expect(producers.made.map((_, producer) => sent(producer).map(({ partition }) => partition))).toEqual([
      [3],
      [4, 4],
      [3],
    ]);
    expect(producers.made.map(({ disconnects }) => disconnects)).toEqual([1, 0, 0]);
  });

  it('lets a new producer number its records from the beginning, though a response is late', async () => {
    const sender = new SenderFixture();
    await sender.add(2);
    await jest.advanceTimersByTimeAsync(DEADLINE_MS);
    await sender.add(1);
    await respond(0, '0');
    await respond(0, '2', { producer: 1 });
    await sender.add(1);

    expect([sequences(0), sequences(1)]).toEqual([[0], [0, 1]]);
  });

  it.each([
    ['no partition', []],
    ['another partition alone', [{ partition: 4, baseOffset: '0' }]],
    ['the partition without an offset', [{ partition: 3 }]],
  ])('is one whose response names %s', async (_what, metadata) => {
    const sender = new SenderFixture();
    await sender.add(1);
    producers.nth(0).sends[0]?.respond(...metadata);
    await settled();

    expect(sender.outcomes).toEqual([unknown]);
  });

  it('is one without a response at the deadline of the oldest message', async () => {
    const sender = new SenderFixture();
    await sender.add(2);
    await jest.advanceTimersByTimeAsync(DEADLINE_MS - 1);
    expect(sender.outcomes).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    expect(sender.outcomes).toEqual([unknown, unknown]);

    await respond(0, '0');
    expect(sender.outcomes).toEqual([unknown, unknown]);
  });
});

describe('a message that is known not to have been sent', () => {
  it('is one for which no broker was reached while there was time to send', async () => {
    producers.connect = () => NEVER;
    const sender = new SenderFixture();
    await sender.add(1);
    await jest.advanceTimersByTimeAsync(DEADLINE_MS - 501);
    expect(sender.outcomes).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);

    expect(sender.outcomes).toEqual([notSent]);
    expect(batches()).toEqual([]);
  });

  it('is one whose producer could not connect; the next one goes through a new producer', async () => {
    producers.connect = () => Promise.reject(new Error('connection refused'));
    const sender = new SenderFixture();
    await sender.add(1);
    producers.connect = () => Promise.resolve();
    await sender.add(1);
    await respond(0, '0', { producer: 1 });

    expect(sender.outcomes).toEqual([notSent, '0']);
  });

  it('is one for which too little time was left when its turn came; the others have theirs', async () => {
    const sender = new SenderFixture();
    await sender.add(1);
    await sender.add(1, { deadlineMs: 2_499 });
    await sender.add(1, { deadlineMs: 2_500 });
    await jest.advanceTimersByTimeAsync(2_000);
    await respond(0, '0');
    await respond(1, '1');

    expect(sender.outcomes).toEqual(['0', notSent, '1']);
    expect(batches()).toEqual([1, 1]);
  });
});
