import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { PartitionSenders } from '../../../src/kafka/partition-senders.js';
import { PartitionProducer } from '../../../src/kafka/partition-producer.js';
import { silentLogger } from '../../../src/contract/silent-logger.js';
import { settled, StubProducers } from '../../support/stub-producers.js';

const MESSAGE = { key: 'a', value: new Uint8Array(1), headers: {} };

let producers: StubProducers;
let senders: PartitionSenders;

beforeEach(() => {
  producers = new StubProducers();
  senders = new PartitionSenders(
    { topic: 'orders', deadlineMs: 4_500, maxBatchBytes: 1_000 },
    () => new PartitionProducer(producers.newClient(), silentLogger),
  );
});

/** Appends to a partition, and returns the number of the producer that sent it. */
async function append(partition: number): Promise<number> {
  const sent = producers.made.map(({ sends }) => sends.length);
  const appending = senders.append(MESSAGE, 1, () => partition);
  await settled();
  const sender = producers.made.findIndex(({ sends }, index) => sends.length > (sent[index] ?? 0));
  producers.nth(sender).sends.at(-1)?.respond({ partition, baseOffset: '0' });
  await appending;
  return sender;
}

describe('the partition senders of a topic', () => {
  it('have a producer each, and keep it', async () => {
    expect([await append(0), await append(1), await append(0)]).toEqual([0, 1, 0]);
  });

  it('have one for partitions that were added: one that has sent before does not know them', async () => {
    const before = [await append(0), await append(1)];

    expect([...before, await append(2), await append(3)]).toEqual([0, 1, 2, 3]);
  });

  it('refuse a message as not sent when its partition is not known in time', async () => {
    jest.useFakeTimers();
    const appended = senders.append(MESSAGE, 1, () => new Promise(() => undefined));
    const refused = expect(appended).rejects.toMatchObject({ outcome: 'not-sent' });
    await jest.advanceTimersByTimeAsync(4_500);
    jest.useRealTimers();

    await refused;
    expect(producers.made).toEqual([]);
  });

  it('settle a message whose partition is not known yet before they close', async () => {
    let choose: (partition: number) => void = () => undefined;
    const appended = senders.append(MESSAGE, 1, () => new Promise((resolve) => (choose = resolve)));
    const closing = senders.close();
    choose(1);
    await settled();
    producers.nth(0).sends[0]?.respond({ partition: 1, baseOffset: '7' });

    expect(await appended).toMatchObject({ partition: 1, offset: '7' });
    await closing;
    expect(producers.nth(0).disconnects).toBe(1);
  });

  it('end the producers that they have when they are closed, each once, and those that failed before them', async () => {
    const ended = () => producers.made.map(({ disconnects, destroyed }) => [disconnects, destroyed]);
    await append(0);
    const failing = senders.append(MESSAGE, 1, () => 1);
    await settled();
    producers.nth(1).sends[0]?.fail(new Error('the connection was closed'));
    await expect(failing).rejects.toMatchObject({ outcome: 'unknown' });
    await settled();
    expect(ended()).toEqual([
      [0, 0],
      [1, 1],
    ]);

    await Promise.all([senders.close(), senders.close()]);
    await senders.close();
    expect(ended()).toEqual([
      [1, 1],
      [1, 1],
    ]);
  });

  it('take nothing once they are closed, and open no producer for it', async () => {
    await append(0);
    await senders.close();

    await expect(senders.append(MESSAGE, 1, () => 1)).rejects.toMatchObject({ outcome: 'not-sent' });
    expect(producers.made).toHaveLength(1);
  });
});
