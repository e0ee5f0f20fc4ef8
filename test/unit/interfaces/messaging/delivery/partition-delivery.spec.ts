import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  PartitionDelivery,
  type Disposition,
} from '../../../../../src/interfaces/messaging/delivery/partition-delivery.js';
import type {
  ReceivedRecord,
  RecordBatch,
} from '../../../../../src/interfaces/messaging/delivery/record-source.js';

/** A handler that is finished by hand: each attempt waits until the test ends it. */
class ManualHandler {
  readonly started: string[] = [];
  private readonly attempts: { resolve: () => void; reject: (error: unknown) => void }[] = [];

  constructor(private readonly disposition: Disposition = { kind: 'retry', delayMs: 1_000 }) {}

  handle({ offset }: ReceivedRecord, attempt: number): Promise<void> {
    this.started.push(`${offset}#${attempt}`);
    return new Promise((resolve, reject) => this.attempts.push({ resolve, reject }));
  }

  decide(): Disposition {
    return this.disposition;
  }

  succeed(): Promise<void> {
    this.attempts.shift()?.resolve();
    return settled();
  }

  fail(error: unknown = new Error('failed')): Promise<void> {
    this.attempts.shift()?.reject(error);
    return settled();
  }
}

/** Lets all promises that can settle do so; needs no time. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

function batch(from: number, to: number, offsets = range(from, to)): RecordBatch {
  const records = offsets.map((offset) => ({
    topic: 'orders',
    partition: 0,
    offset: BigInt(offset),
    key: null,
    value: null,
    headers: {},
  }));
  return { partition: 0, from: BigInt(from), to: BigInt(to), records };
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);
const nothing = () => undefined;

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

describe('a partition', () => {
  it('carries its records out one after another, and may commit what is done, no more', async () => {
    const handler = new ManualHandler();
    const partition = new PartitionDelivery(10n, handler, nothing);
    expect(partition.offer(batch(10, 13))).toBe(13n);
    expect(handler.started).toEqual(['10#1']);
    expect(partition.uncommitted).toBeUndefined();

    await handler.succeed();
    expect(handler.started).toEqual(['10#1', '11#1']);
    expect(partition.uncommitted).toBe(11n);
    expect(partition.open).toBe(2);

    await handler.succeed();
    await handler.succeed();
    expect(partition.uncommitted).toBe(13n);
    expect(partition.open).toBe(0);
  });

  it('goes on with what comes later', async () => {
    const handler = new ManualHandler();
    const partition = new PartitionDelivery(0n, handler, nothing);
    partition.offer(batch(0, 1));
    await handler.succeed();
    partition.offer(batch(1, 2));
    expect(handler.started).toEqual(['0#1', '1#1']);
  });

  it.each([
    ['after', 12],
    ['before', 9],
  ])(
    'does not take a batch that begins %s the position expected next, and says that position',
    (_where, from) => {
      const handler = new ManualHandler();
      const partition = new PartitionDelivery(10n, handler, nothing);
      expect(partition.offer(batch(from, from + 3))).toBe(10n);
      expect(handler.started).toEqual([]);
      expect(partition.open).toBe(0);
    },
  );

  it('commits past offsets that hold no record', async () => {
    const handler = new ManualHandler();
    const partition = new PartitionDelivery(0n, handler, nothing);
    partition.offer(batch(0, 10, [2, 5]));
    await handler.succeed();
    expect(partition.uncommitted).toBe(5n);
    await handler.succeed();
    expect(partition.uncommitted).toBe(10n);
    expect(partition.offer(batch(10, 12, []))).toBe(12n);
    expect(partition.uncommitted).toBe(12n);
  });

  it('lets a commit go only between what is committed and what is done', async () => {
    const handler = new ManualHandler();
    const partition = new PartitionDelivery(5n, handler, nothing);
    partition.offer(batch(5, 9));
    await handler.succeed();
    await handler.succeed();
    partition.wasCommitted(6n);
    expect([5n, 6n, 7n, 8n].map((position) => partition.mayCommit(position))).toEqual([
      false,
      true,
      true,
      false,
    ]);
    partition.wasCommitted(7n);
    expect(partition.uncommitted).toBeUndefined();
  });
});

describe('a record that fails', () => {
  it('is tried again after its delay, as the next attempt, and the next record waits', async () => {
    const handler = new ManualHandler();
    const partition = new PartitionDelivery(0n, handler, nothing);
    partition.offer(batch(0, 2));
    await handler.fail();
    await jest.advanceTimersByTimeAsync(999);
    expect(handler.started).toEqual(['0#1']);
    await jest.advanceTimersByTimeAsync(1);
    expect(handler.started).toEqual(['0#1', '0#2']);
    expect(partition.uncommitted).toBeUndefined();
    await handler.succeed();
    expect(handler.started).toEqual(['0#1', '0#2', '1#1']);
  });

  it('spends no attempt while a dependency is away', async () => {
    const handler = new ManualHandler({ kind: 'suspend', delayMs: 1_000 });
    const partition = new PartitionDelivery(0n, handler, nothing);
    partition.offer(batch(0, 1));
    for (let time = 0; time < 3; time++) {
      await handler.fail();
      await jest.advanceTimersByTimeAsync(1_000);
    }
    expect(handler.started).toEqual(['0#1', '0#1', '0#1', '0#1']);
  });

  it('for good stops the partition there, says where, and is never skipped', async () => {
    const handler = new ManualHandler({ kind: 'halt' });
    const progress = jest.fn();
    const partition = new PartitionDelivery(0n, handler, progress);
    partition.offer(batch(0, 3));
    await handler.succeed();
    await handler.fail();
    expect(partition.haltedAt?.offset).toBe(1n);
    expect(progress).toHaveBeenCalledTimes(2);
    partition.offer(batch(3, 5));
    await jest.advanceTimersByTimeAsync(60_000);
    expect(handler.started).toEqual(['0#1', '1#1']);
    expect(partition.uncommitted).toBe(1n);
  });

  it.each([new Error('x'), 'a string', undefined, null, 0])(
    'with %p does not end the partition',
    async (thrown) => {
      const handler = new ManualHandler();
      const partition = new PartitionDelivery(0n, handler, nothing);
      partition.offer(batch(0, 1));
      await handler.fail(thrown);
      await jest.advanceTimersByTimeAsync(1_000);
      expect(handler.started).toEqual(['0#1', '0#2']);
    },
  );

  it('by throwing at once does not end the partition', async () => {
    let calls = 0;
    const handler = {
      handle: () => {
        if (++calls === 1) throw new Error('thrown, not rejected');
        return Promise.resolve();
      },
      decide: (): Disposition => ({ kind: 'retry', delayMs: 1 }),
    };
    const partition = new PartitionDelivery(0n, handler, nothing);
    partition.offer(batch(0, 1));
    await jest.advanceTimersByTimeAsync(1);
    expect(partition.uncommitted).toBe(1n);
  });
});

describe('draining a partition', () => {
  it('waits for the record at work, starts no other, and takes none', async () => {
    const handler = new ManualHandler();
    const partition = new PartitionDelivery(0n, handler, nothing);
    partition.offer(batch(0, 3));
    const drained = jest.fn();
    void partition.drain().then(drained);
    await settled();
    expect(drained).not.toHaveBeenCalled();
    await handler.succeed();
    expect(drained).toHaveBeenCalledTimes(1);
    expect(handler.started).toEqual(['0#1']);
    expect(partition.uncommitted).toBe(1n);
    expect(partition.offer(batch(3, 5))).toBe(3n);
  });

  it('lets a record go that waits for its next attempt: that is no failed attempt', async () => {
    const handler = new ManualHandler();
    const partition = new PartitionDelivery(0n, handler, nothing);
    partition.offer(batch(0, 2));
    await handler.fail();
    await partition.drain();
    await jest.advanceTimersByTimeAsync(60_000);
    expect(handler.started).toEqual(['0#1']);
    expect(partition.uncommitted).toBeUndefined();
  });

  it('does not try a record again that fails meanwhile', async () => {
    const handler = new ManualHandler();
    const partition = new PartitionDelivery(0n, handler, nothing);
    partition.offer(batch(0, 1));
    const drained = partition.drain();
    await handler.fail();
    await drained;
    expect(handler.started).toEqual(['0#1']);
  });

  it('is done at once when nothing is at work', async () => {
    await expect(new PartitionDelivery(0n, new ManualHandler(), nothing).drain()).resolves.toBeUndefined();
  });
});
