import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { CircuitBreaker } from '../../../src/engine/circuit-breaker.js';
import type { DeliveryEvent } from '../../../src/engine/delivery-events.js';
import { PartitionDelivery } from '../../../src/engine/partition-delivery.js';
import { decodeProgress } from '../../../src/engine/commit-metadata.js';
import { AttemptTimedOut, type RecordHandler } from '../../../src/engine/record-handler.js';
import type { Replica } from '../../../src/engine/replica.js';
import type { CommittedPosition } from '../../../src/engine/record-source.js';
import { aBatch } from '../../support/a-batch.js';
import { HeldHandler } from '../../support/held-handler.js';
import { ManualTimers, settled } from '../../support/manual-timers.js';
import { silentLogger } from '../../../src/contract/silent-logger.js';

const nothing = (): void => undefined;

const SETTINGS = {
  concurrency: 3,
  maxPendingRecords: 10,
  maxPendingBytes: 1_000,
  commitIntervalMs: 200,
  handlerTimeoutMs: 5_000,
  rejoinDrainMs: 1_000,
  retryInitialMs: 100,
  retryMaxMs: 300,
};

let timers: ManualTimers;
let handler: HeldHandler;
let owned: boolean;
let events: DeliveryEvent[];
let replica: Replica & { readonly circuitBreaker: CircuitBreaker };
const logger = { debug: nothing, info: nothing, warn: jest.fn(), error: jest.fn() };

beforeEach(() => {
  timers = new ManualTimers();
  handler = new HeldHandler();
  owned = true;
  events = [];
  jest.clearAllMocks();
  replica = {
    handler,
    settings: SETTINGS,
    timers,
    clock: { now: () => new Date(1_000_000 + timers.now()) },
    logger,
    owns: () => owned,
    circuitBreaker: new CircuitBreaker(100, timers, silentLogger, () => {
      partition.startReady();
    }),
    progressed: () => undefined,
    observe: (event) => events.push(event),
  };
});

let partition: PartitionDelivery;
function assigned(start: Partial<CommittedPosition> = {}, past?: PartitionDelivery): PartitionDelivery {
  partition = new PartitionDelivery(0, { position: 0n, metadata: '', ...start }, replica, past);
  return partition;
}

const sameKey = () => 'a';
const position = () => partition.uncommitted?.position;

describe('records of a partition', () => {
  it('are in flight concurrently, as many as may be', async () => {
    assigned().receive(aBatch({ from: 0, to: 5 }));
    expect(handler.started).toEqual(['0@0#1', '0@1#1', '0@2#1']);
    await handler.finish('0@1');
    expect(handler.started).toEqual(['0@0#1', '0@1#1', '0@2#1', '0@3#1']);
  });

  it('of one key are processed one after another, in their order', async () => {
    assigned().receive(aBatch({ from: 0, to: 3, key: sameKey }));
    expect(handler.started).toEqual(['0@0#1']);
    await handler.finish('0@0');
    expect(handler.started).toEqual(['0@0#1', '0@1#1']);
  });

  it('may be committed up to the lowest one that is not completed, whatever is completed beyond', async () => {
    assigned().receive(aBatch({ from: 0, to: 3 }));
    await handler.finish('0@1', '0@2');
    expect(position()).toBe(0n);
    expect(partition.mayCommit(1n)).toBe(false);
    await handler.finish('0@0');
    expect(position()).toBe(3n);
    expect(partition.mayCommit(3n)).toBe(true);
  });

  it('need no commit once they are committed', async () => {
    assigned().receive(aBatch({ from: 0, to: 1 }));
    await handler.finish('0@0');
    partition.wasCommitted(partition.uncommitted ?? { position: 0n, metadata: '' });
    expect(partition.uncommitted).toBeUndefined();
    expect(partition.mayCommit(0n)).toBe(false);
  });

  it('completed beyond one that is not need one commit to be known, and no second one', async () => {
    assigned().receive(aBatch({ from: 0, to: 2 }));
    await handler.finish('0@1');
    const commit = { position: 0n, metadata: '1;1+1;' };
    expect(partition.uncommitted).toEqual(commit);
    partition.wasCommitted(commit);
    expect(partition.uncommitted).toBeUndefined();
  });

  it('stay committed when the response to an older commit comes later', async () => {
    assigned().receive(aBatch({ from: 0, to: 2 }));
    await handler.finish('0@0', '0@1');
    partition.wasCommitted({ position: 2n, metadata: '' });
    partition.wasCommitted({ position: 1n, metadata: '' });
    expect(partition.uncommitted).toBeUndefined();
  });

  it('are not taken from a batch that begins elsewhere, and the place to begin is said', () => {
    assigned({ position: 5n });
    expect(partition.receive(aBatch({ from: 7, to: 9 }))).toBe(5n);
    expect(handler.started).toEqual([]);
  });

  it.each([
    ['records', 'pending-records', { from: 0, to: 10 }],
    ['bytes', 'pending-bytes', { from: 0, to: 2, value: new Uint8Array(500) }],
  ])('fill it when so many %s are pending', (_what, reason, options) => {
    assigned().receive(aBatch(options));
    expect(partition.reached(1)).toBe(reason);
  });

  it.each([
    ['records', { to: 4 }, { to: 5 }],
    ['bytes', { to: 1, value: new Uint8Array(499) }, { to: 1, value: new Uint8Array(500) }],
    ['offsets that the topic does not have', { to: 50, offsets: [0] }, { to: 51, offsets: [0] }],
  ])('fill half of it with half as many %s', (_what, less, half) => {
    const holdsHalf = [less, half].map((options) => {
      assigned().receive(aBatch({ from: 0, ...options }));
      return partition.reached(0.5) !== undefined;
    });
    expect(holdsHalf).toEqual([false, true]);
    expect(partition.reached(1)).toBeUndefined();
  });

  it('fill it no more when they are completed', async () => {
    assigned().receive(aBatch({ from: 0, to: 2, value: new Uint8Array(500) }));
    await handler.finish('0@0');
    expect(partition.reached(1)).toBeUndefined();
  });

  /** The first one is in flight, and `count` behind it are completed. */
  async function completedBehindTheFirst(count: number): Promise<void> {
    partition.receive(aBatch({ from: 0, to: 1 }));
    for (let offset = 1; offset <= count; offset++) {
      partition.receive(aBatch({ from: offset, to: offset + 1 }));
      await handler.finish(`0@${offset}`);
    }
  }

  it('fill it when too much is completed beyond the lowest pending one and in no commit', async () => {
    assigned();
    await completedBehindTheFirst(99);
    expect(partition.reached(1)).toBeUndefined();
    partition.receive(aBatch({ from: 100, to: 101 }));
    await handler.finish('0@100');
    expect(partition.reached(1)).toBe('uncommitted');
    await handler.finish('0@0');
    expect(partition.reached(0.5)).toBeUndefined();
  });

  it('don’t fill it, however many are completed, when they are in a commit', async () => {
    assigned();
    await completedBehindTheFirst(100);
    partition.wasCommitted(partition.uncommitted ?? { position: 0n, metadata: '' });
    expect(partition.reached(0.2)).toBeUndefined();
  });

  it('count as committed until the low-water mark has passed them, and once', async () => {
    assigned();
    await completedBehindTheFirst(60);
    partition.wasCommitted(partition.uncommitted ?? { position: 0n, metadata: '' });
    partition.receive(aBatch({ from: 61, to: 162 }));
    for (let offset = 62; offset < 162; offset++) await handler.finish(`0@${offset}`);
    expect(partition.reached(1)).toBe('uncommitted');
    await handler.finish('0@0');
    expect(position()).toBe(61n);
    expect(partition.reached(1)).toBe('uncommitted');
  });

  it('count as committed by an earlier owner, too, and don’t fill it if nothing is pending', () => {
    assigned({ position: 0n, metadata: '1;1+5k;' }).receive(aBatch({ from: 0, to: 1 }));
    expect(partition.reached(0.1)).toBeDefined();
    expect(partition.reached(0.2)).toBeUndefined();
  });

  it('completed beyond one that is not don’t fill it in an outage: only one to come may show that it is over', async () => {
    assigned();
    await completedBehindTheFirst(100);
    handler.disposition = { kind: 'suspend' };
    await handler.fail('0@0');
    expect(partition.reached(1)).toBeUndefined();
  });

  it('do not start while the partition may be another’s', () => {
    owned = false;
    assigned().receive(aBatch({ from: 0, to: 1 }));
    expect(handler.started).toEqual([]);
    owned = true;
    partition.startReady();
    expect(handler.started).toEqual(['0@0#1']);
  });
});

describe('a record that fails', () => {
  it('is retried after its delay, as the next attempt, and the next of its key waits', async () => {
    assigned().receive(aBatch({ from: 0, to: 2, key: sameKey }));
    await handler.fail('0@0');
    await timers.pass(999);
    expect(handler.started).toEqual(['0@0#1']);
    await timers.pass(1);
    expect(handler.started).toEqual(['0@0#1', '0@0#2']);
    await handler.finish('0@0');
    expect(handler.started).toEqual(['0@0#1', '0@0#2', '0@1#1']);
  });

  it('holds no slot while it waits', async () => {
    assigned().receive(aBatch({ from: 0, to: 6 }));
    for (const record of ['0@0', '0@1', '0@2']) await handler.fail(record);
    expect(handler.started).toHaveLength(6);
  });

  it.each([new Error('x'), 'a string', undefined, null, 0])(
    'with %p does not end the partition',
    async (thrown) => {
      assigned().receive(aBatch({ from: 0, to: 1 }));
      await handler.fail('0@0', thrown);
      await timers.pass(1_000);
      expect(handler.started).toEqual(['0@0#1', '0@0#2']);
    },
  );

  it('by throwing at once does not end the partition', async () => {
    const handle = jest.spyOn(handler, 'handle').mockImplementationOnce(() => {
      throw new Error('thrown, not rejected');
    });
    assigned().receive(aBatch({ from: 0, to: 1 }));
    await timers.pass(1_000);
    expect(handle).toHaveBeenCalledTimes(2);
  });

  it('is told to the next owner in the order of offsets, with its attempts and their first time', async () => {
    assigned().receive(aBatch({ from: 0, to: 3 }));
    await timers.pass(7);
    for (const record of ['0@2', '0@0', '0@1']) await handler.fail(record);
    await timers.pass(1_000);
    await handler.fail('0@1');
    const { failedAttempts } = decodeProgress(0n, partition.uncommitted?.metadata ?? '');
    expect([...failedAttempts]).toEqual([
      [0n, { count: 1, firstAt: 1_000_007 }],
      [1n, { count: 2, firstAt: 1_000_007 }],
      [2n, { count: 1, firstAt: 1_000_007 }],
    ]);
  });

  it('and succeeds later leaves no attempts behind for the next owner', async () => {
    assigned().receive(aBatch({ from: 0, to: 2 }));
    await handler.fail('0@1');
    await timers.pass(1_000);
    await handler.finish('0@1');
    expect(partition.uncommitted).toEqual({ position: 0n, metadata: '1;1+1;' });
  });

  it('because it is not this replica’s any more counts no attempt', async () => {
    assigned().receive(aBatch({ from: 0, to: 1 }));
    owned = false;
    expect(handler.attempts.get('0@0')?.mayTakeEffect()).toBe(false);
    await handler.fail('0@0');
    owned = true;
    partition.startReady();
    expect(handler.started).toEqual(['0@0#1', '0@0#1']);
  });

  it('and is let go counts no attempt', async () => {
    handler.disposition = { kind: 'let-go' };
    assigned().receive(aBatch({ from: 0, to: 1 }));
    await handler.fail('0@0');
    expect(handler.started).toEqual(['0@0#1', '0@0#1']);
  });
});

describe('an attempt that takes too long', () => {
  it('is aborted, which is logged, and keeps its slot until it settles', async () => {
    assigned().receive(aBatch({ from: 0, to: 4 }));
    await timers.pass(SETTINGS.handlerTimeoutMs);
    expect(handler.attempts.get('0@0')?.signal.aborted).toBe(true);
    expect(logger.warn).toHaveBeenCalledTimes(3);
    expect(handler.started).toHaveLength(3);
    await handler.fail('0@0');
    expect(handler.started).toHaveLength(4);
  });

  it('failed because of that, whatever it says', async () => {
    const decide = jest.spyOn(handler as RecordHandler, 'decide');
    assigned().receive(aBatch({ from: 0, to: 1 }));
    await timers.pass(SETTINGS.handlerTimeoutMs);
    await handler.fail('0@0', new Error('cut off'));
    const error = new AttemptTimedOut(SETTINGS.handlerTimeoutMs);
    expect(error).toMatchObject({ name: 'AttemptTimedOut', message: 'the attempt took more than 5000 ms' });
    expect(decide).toHaveBeenCalledWith(error, expect.objectContaining({ offset: 0n }), 1, false);
  });

  it('is completed all the same when it resolves', async () => {
    assigned().receive(aBatch({ from: 0, to: 1 }));
    await timers.pass(SETTINGS.handlerTimeoutMs);
    await handler.finish('0@0');
    expect(position()).toBe(1n);
  });

  it('leaves no timer behind when it settles in time', async () => {
    assigned().receive(aBatch({ from: 0, to: 1 }));
    await handler.finish('0@0');
    expect(timers.waiting).toBe(0);
  });
});

describe('while a dependency is unavailable', () => {
  beforeEach(() => {
    handler.disposition = { kind: 'suspend' };
  });

  it('only a trial starts now and then, and no attempt is counted', async () => {
    assigned().receive(aBatch({ from: 0, to: 4 }));
    for (const record of ['0@0', '0@1', '0@2']) await handler.fail(record);
    expect(handler.started).toEqual(['0@0#1', '0@1#1', '0@2#1']);
    await timers.pass(100);
    expect(handler.started.slice(3)).toEqual(['0@3#1']);
    await handler.fail('0@3');
    await timers.pass(100);
    expect(handler.started.slice(4)).toEqual(['0@0#1']);
  });

  it('all go on with the first success', async () => {
    assigned().receive(aBatch({ from: 0, to: 3 }));
    for (const record of ['0@0', '0@1']) await handler.fail(record);
    await handler.finish('0@2');
    expect(handler.started.slice(3)).toEqual(['0@0#1', '0@1#1']);
  });

  it('trials go to the youngest record: the oldest failed before, and would again after each rebalance', async () => {
    assigned().receive(aBatch({ from: 0, to: 20 }));
    for (const record of ['0@0', '0@1', '0@2']) await handler.fail(record);
    partition.lose();
    assigned().receive(aBatch({ from: 0, to: 20 }));
    await timers.pass(100);
    expect(handler.started.at(-1)).toBe('0@19#1');
    await handler.fail('0@19');
    await timers.pass(200);
    expect(handler.started.at(-1)).toBe('0@18#1');
  });

  it('trials go to records that were not started before, then round', async () => {
    assigned().receive(aBatch({ from: 0, to: 2 }));
    await handler.fail('0@0');
    await handler.fail('0@1');
    partition.receive(aBatch({ from: 2, to: 3 }));
    for (const [ms, trial] of [
      [100, '0@2'],
      [100, '0@0'],
      [200, '0@1'],
      [400, '0@2'],
    ] as const) {
      await timers.pass(ms);
      expect(handler.started.at(-1)).toBe(`${trial}#1`);
      await handler.fail(trial);
    }
  });

  it('failures that can’t come of it, however many, are counted and open nothing', async () => {
    handler.disposition = { kind: 'retry', delayMs: 1_000, mayBeOutage: false };
    replica = { ...replica, settings: { ...SETTINGS, concurrency: 10 } };
    assigned().receive(aBatch({ from: 0, to: 6 }));
    for (let offset = 0; offset < 6; offset++) await handler.fail(`0@${offset}`);
    await timers.pass(1_000);
    expect(handler.started.slice(6)).toEqual(['0@0#2', '0@1#2', '0@2#2', '0@3#2', '0@4#2', '0@5#2']);
  });

  it('failures that may come of it count no attempt from the fifth key on', async () => {
    handler.disposition = { kind: 'retry', delayMs: 1_000, mayBeOutage: true };
    replica = { ...replica, settings: { ...SETTINGS, concurrency: 10 } };
    assigned().receive(aBatch({ from: 0, to: 7 }));
    for (let offset = 0; offset < 6; offset++) await handler.fail(`0@${offset}`);
    await handler.finish('0@6');
    await timers.pass(1_000);
    expect(handler.started.slice(7)).toEqual(['0@4#1', '0@5#1', '0@0#2', '0@1#2', '0@2#2', '0@3#2']);
  });

  it('what was in flight when it ended is retried at once and counted no attempt, once', async () => {
    handler.disposition = { kind: 'retry', delayMs: 1_000, mayBeOutage: true };
    assigned().receive(aBatch({ from: 0, to: 3 }));
    for (let round = 0; round < 2; round++) {
      replica.circuitBreaker.unavailable(new Error('unavailable'));
      await timers.pass(1);
      replica.circuitBreaker.succeeded();
      await handler.fail('0@0');
    }
    expect(handler.started).toEqual(['0@0#1', '0@1#1', '0@2#1', '0@0#1']);
    await timers.pass(1_000);
    expect(handler.started.at(-1)).toBe('0@0#2');
  });

  it('what waits for its next attempt because of it is retried when it ends, once, and nothing else is', async () => {
    handler.disposition = { kind: 'retry', delayMs: 1_000, mayBeOutage: true };
    assigned().receive(aBatch({ from: 0, to: 2 }));
    await handler.fail('0@0');
    handler.disposition = { kind: 'retry', delayMs: 1_000, mayBeOutage: false };
    await handler.fail('0@1');
    partition.recovered();
    expect(handler.started.slice(2)).toEqual(['0@0#2']);

    handler.disposition = { kind: 'retry', delayMs: 1_000, mayBeOutage: true };
    await handler.fail('0@0');
    partition.recovered();
    expect(handler.started.slice(3)).toEqual([]);
  });

  it('what was asked to wait waits for that, in an outage and after it', async () => {
    handler.disposition = { kind: 'retry', delayMs: 1_000, retryAfterMs: 1_000, mayBeOutage: true };
    assigned().receive(aBatch({ from: 0, to: 1 }));
    await handler.fail('0@0');
    partition.recovered();
    expect(handler.started).toEqual(['0@0#1']);
  });

  it('a record whose last attempt failed with many others is not dead-lettered', async () => {
    handler.disposition = { kind: 'dead-letter', reason: 'exhausted', mayBeOutage: true };
    replica = { ...replica, settings: { ...SETTINGS, concurrency: 10 } };
    assigned().receive(aBatch({ from: 0, to: 10 }));
    for (let offset = 0; offset < 10; offset++) await handler.fail(`0@${offset}`);
    // what failed before it was known that it is an outage: fewer than the different failures that open the circuit
    expect(handler.deadLetters.length).toBeLessThan(5);
    expect(replica.circuitBreaker.isOpen).toBe(true);
  });
});

describe('a record that is dead-lettered', () => {
  beforeEach(() => {
    handler.disposition = { kind: 'dead-letter', reason: 'exhausted', mayBeOutage: false };
  });

  it('is completed when that is confirmed, with its failures', async () => {
    handler.disposition = { kind: 'retry', delayMs: 1_000, mayBeOutage: false };
    assigned().receive(aBatch({ from: 0, to: 1 }));
    await handler.fail('0@0');
    await timers.pass(1_000);
    handler.disposition = { kind: 'dead-letter', reason: 'exhausted', mayBeOutage: false };
    const error = new Error('the last one');
    await handler.fail('0@0', error);
    const failures = { error, attempts: 2, firstAt: 1_000_000, lastAt: 1_001_000 };
    expect(handler.deadLetters).toEqual([{ record: '0@0', reason: 'exhausted', failures }]);
    expect(position()).toBe(1n);
  });

  it('is not completed while that fails, and is retried less and less often', async () => {
    handler.deadLettering = () => Promise.reject(new Error('no broker'));
    assigned().receive(aBatch({ from: 0, to: 1 }));
    await handler.fail('0@0');
    const counts = [];
    for (const ms of [100, 200, 300, 300]) {
      await timers.pass(ms);
      counts.push(handler.deadLetters.length);
    }
    expect(counts).toEqual([2, 3, 4, 5]);
    expect(logger.error).toHaveBeenCalledTimes(5);
    expect(partition.mayCommit(1n)).toBe(false);
    expect(partition.pendingDeadLetters).toBe(1);

    handler.deadLettering = () => Promise.resolve();
    await timers.pass(300);
    expect(position()).toBe(1n);
    expect(partition.pendingDeadLetters).toBe(0);
    expect(handler.started).toHaveLength(1);
  });

  it('does not count as pending when it is confirmed at once', async () => {
    assigned().receive(aBatch({ from: 0, to: 2 }));
    await handler.fail('0@0');
    handler.deadLettering = () => Promise.reject(new Error('no broker'));
    await handler.fail('0@1');
    expect(partition.pendingDeadLetters).toBe(1);
  });

  it('leaves its last attempt to the next owner when that failed, and not one more', async () => {
    handler.deadLettering = () => Promise.reject(new Error('no broker'));
    handler.disposition = { kind: 'retry', delayMs: 1_000, mayBeOutage: false };
    assigned().receive(aBatch({ from: 0, to: 1 }));
    await handler.fail('0@0');
    await timers.pass(1_000);
    handler.disposition = { kind: 'dead-letter', reason: 'exhausted', mayBeOutage: false };
    await handler.fail('0@0');
    assigned(partition.uncommitted).receive(aBatch({ from: 0, to: 1 }));
    expect(handler.started).toEqual(['0@0#1', '0@0#2', '0@0#2']);
  });

  it('leaves no attempts behind for the next owner when that is confirmed', async () => {
    handler.disposition = { kind: 'retry', delayMs: 1_000, mayBeOutage: false };
    assigned().receive(aBatch({ from: 0, to: 2 }));
    await handler.fail('0@1');
    await timers.pass(1_000);
    handler.disposition = { kind: 'dead-letter', reason: 'exhausted', mayBeOutage: false };
    await handler.fail('0@1');
    expect(partition.uncommitted).toEqual({ position: 0n, metadata: '1;1+1;' });
  });

  it('goes nowhere when the partition may be another’s by then', async () => {
    handler.deadLettering = () => Promise.reject(new Error('no broker'));
    assigned().receive(aBatch({ from: 0, to: 1 }));
    await handler.fail('0@0');
    owned = false;
    await timers.pass(1_000);
    expect(handler.deadLetters).toHaveLength(1);
  });
});

describe('draining a partition', () => {
  it('waits for what is in flight, starts nothing, and takes nothing', async () => {
    assigned().receive(aBatch({ from: 0, to: 5 }));
    const drained = jest.fn();
    void partition.drain().then(drained);
    await handler.finish('0@0', '0@1');
    expect(drained).not.toHaveBeenCalled();
    await handler.finish('0@2');
    expect(drained).toHaveBeenCalledTimes(1);
    expect(handler.started).toHaveLength(3);
    expect(position()).toBe(3n);
    expect(partition.receive(aBatch({ from: 5, to: 6 }))).toBe(5n);
  });

  it('lets a record go that waits for its next attempt, and keeps its failed attempts', async () => {
    assigned().receive(aBatch({ from: 0, to: 1 }));
    await handler.fail('0@0');
    await partition.drain();
    expect(timers.waiting).toBe(0);
    await timers.pass(60_000);
    expect(handler.started).toEqual(['0@0#1']);
    assigned(partition.uncommitted).receive(aBatch({ from: 0, to: 1 }));
    expect(handler.started).toEqual(['0@0#1', '0@0#2']);
  });

  it('counts an attempt that fails meanwhile, and does not retry', async () => {
    assigned().receive(aBatch({ from: 0, to: 1 }));
    const drained = partition.drain();
    await handler.fail('0@0');
    await drained;
    expect(handler.started).toEqual(['0@0#1']);
    assigned(partition.uncommitted).receive(aBatch({ from: 0, to: 1 }));
    expect(handler.started.at(-1)).toBe('0@0#2');
  });

  it('leaves no timer behind for a record that fails meanwhile', async () => {
    assigned().receive(aBatch({ from: 0, to: 1 }));
    void partition.drain();
    await handler.fail('0@0');
    expect(timers.waiting).toBe(0);
  });

  it('is over at once when nothing is in flight', async () => {
    await expect(assigned().drain()).resolves.toBeUndefined();
  });
});

describe('the next owner of a partition', () => {
  it('does not process again what was completed beyond the low-water mark', async () => {
    assigned().receive(aBatch({ from: 0, to: 3 }));
    await handler.finish('0@1');
    const commit = partition.uncommitted;
    handler = new HeldHandler();
    replica = { ...replica, handler };
    assigned(commit).receive(aBatch({ from: 0, to: 3 }));
    expect(handler.started).toEqual(['0@0#1', '0@2#1']);
  });
});

describe('a partition that comes back to its replica', () => {
  it('does not repeat what was completed, though no commit got through', async () => {
    const past = assigned();
    past.receive(aBatch({ from: 0, to: 3 }));
    await handler.finish('0@0', '0@2');
    past.lose();
    assigned({}, past).receive(aBatch({ from: 0, to: 4 }));
    expect(handler.started.slice(3)).toEqual(['0@3#1']);
    await handler.finish('0@1');
    expect(position()).toBe(3n);
  });

  it('waits for an attempt that is still in flight, and starts no second one', async () => {
    const past = assigned();
    past.receive(aBatch({ from: 0, to: 1 }));
    past.lose();
    assigned({}, past).receive(aBatch({ from: 0, to: 1 }));
    await settled();
    expect(handler.started).toEqual(['0@0#1']);
    await handler.finish('0@0');
    expect(handler.started).toEqual(['0@0#1']);
    expect(position()).toBe(1n);
  });

  it('counts the failure of an attempt that was still in flight once', async () => {
    const past = assigned();
    past.receive(aBatch({ from: 0, to: 1 }));
    past.lose();
    assigned({}, past).receive(aBatch({ from: 0, to: 1 }));
    await handler.fail('0@0');
    await timers.pass(1_000);
    expect(handler.started).toEqual(['0@0#1', '0@0#2']);
  });

  it('takes over what was completed between its loss and its return', async () => {
    const past = assigned();
    past.receive(aBatch({ from: 0, to: 2 }));
    past.lose();
    await handler.finish('0@0');
    assigned({}, past).receive(aBatch({ from: 0, to: 2 }));
    await handler.finish('0@1');
    expect(handler.started).toHaveLength(2);
    expect(position()).toBe(2n);
  });

  it('takes over what was completed after its return, before the record was redelivered', async () => {
    const past = assigned();
    past.receive(aBatch({ from: 0, to: 1 }));
    past.lose();
    assigned({}, past);
    await handler.finish('0@0');
    partition.receive(aBatch({ from: 0, to: 1 }));
    await settled();
    expect(handler.started).toHaveLength(1);
    expect(position()).toBe(1n);
  });

  it('remembers failed attempts, though no commit got through', async () => {
    const past = assigned();
    past.receive(aBatch({ from: 0, to: 1 }));
    await handler.fail('0@0');
    past.lose();
    assigned({}, past).receive(aBatch({ from: 0, to: 1 }));
    expect(handler.started).toEqual(['0@0#1', '0@0#2']);
  });

  it('goes on counting attempts where another replica stopped meanwhile, or where it stopped itself', async () => {
    const past = assigned();
    past.receive(aBatch({ from: 0, to: 2 }));
    await handler.fail('0@0');
    await handler.fail('0@1');
    const { metadata = '' } = past.uncommitted ?? {};
    past.lose();
    const elsewhere = assigned({ metadata });
    elsewhere.receive(aBatch({ from: 0, to: 1 }));
    await handler.fail('0@0');
    const commit = elsewhere.uncommitted;
    elsewhere.lose();
    handler.started.length = 0;
    assigned(commit, past).receive(aBatch({ from: 0, to: 2 }));
    expect(handler.started).toEqual(['0@0#3', '0@1#2']);
  });

  it('commits no attempts at what another replica completed meanwhile', async () => {
    const past = assigned();
    past.receive(aBatch({ from: 0, to: 1 }));
    await handler.fail('0@0');
    past.lose();
    expect(assigned({ position: 1n }, past).uncommitted).toBeUndefined();
  });

  it('remembers nothing when the position went back: the topic or the group was reset', async () => {
    const past = assigned({ position: 5n });
    past.receive(aBatch({ from: 5, to: 7 }));
    await handler.finish('0@6');
    past.lose();
    assigned({ position: 4n }, past).receive(aBatch({ from: 4, to: 7 }));
    expect(handler.started.slice(2)).toEqual(['0@4#1', '0@5#1', '0@6#1']);
  });

  it('commits nothing for what was lost: an old delivery’s completion is not the new one’s', async () => {
    const past = assigned();
    past.receive(aBatch({ from: 0, to: 1 }));
    past.lose();
    assigned({}, past);
    await handler.finish('0@0');
    expect(partition.mayCommit(1n)).toBe(false);
  });
});

describe('what a partition tells its observer', () => {
  const ofKind = <Kind extends DeliveryEvent['kind']>(kind: Kind) =>
    events.filter((event): event is DeliveryEvent & { kind: Kind } => event.kind === kind);
  const redelivered = () => ofKind('records-received').map((event) => event.redelivered);

  it('is how many records it took, and nothing of a batch that begins elsewhere', () => {
    assigned({ position: 5n }).receive(aBatch({ from: 7, to: 9 }));
    partition.receive(aBatch({ from: 5, to: 8 }));
    expect(events).toEqual([{ kind: 'records-received', partition: 0, count: 3, redelivered: 0 }]);
  });

  it('is each attempt with how long it took, and what it failed with', async () => {
    assigned().receive(aBatch({ from: 0, to: 2 }));
    const error = new Error('failed');
    await timers.pass(40);
    await handler.finish('0@0');
    await handler.fail('0@1', error);
    expect(ofKind('attempt-finished').map(({ record, ...event }) => [record.offset, event])).toEqual([
      [0n, { kind: 'attempt-finished', durationMs: 40 }],
      [1n, { kind: 'attempt-finished', durationMs: 40, error }],
    ]);
  });

  it('is an attempt that took too long, too', async () => {
    assigned().receive(aBatch({ from: 0, to: 1 }));
    await timers.pass(5_000);
    await handler.fail('0@0', new Error('whatever follows an abort'));
    expect(ofKind('attempt-finished')).toMatchObject([
      { durationMs: 5_000, error: expect.any(AttemptTimedOut) as unknown },
    ]);
  });

  it('is a retry when an attempt was counted, and none in an outage', async () => {
    assigned().receive(aBatch({ from: 0, to: 2 }));
    await handler.fail('0@0');
    handler.disposition = { kind: 'suspend' };
    await handler.fail('0@1');
    expect(ofKind('retried').map(({ record }) => record.offset)).toEqual([0n]);
  });

  it('is a dead letter when that is confirmed, and once', async () => {
    handler.disposition = { kind: 'dead-letter', reason: 'exhausted', mayBeOutage: false };
    handler.deadLettering = () => Promise.reject(new Error('no room'));
    assigned().receive(aBatch({ from: 0, to: 1 }));
    await handler.fail('0@0');
    expect(ofKind('dead-lettered')).toEqual([]);
    handler.deadLettering = () => Promise.resolve();
    await timers.pass(100);
    expect(ofKind('dead-lettered')).toMatchObject([{ record: { offset: 0n }, reason: 'exhausted' }]);
    expect(ofKind('retried')).toEqual([]);
  });

  it('is that a record comes again: after a failed attempt, in flight still, or below what an earlier owner completed', async () => {
    const past = assigned();
    past.receive(aBatch({ from: 0, to: 10 }));
    await handler.fail('0@1');
    past.lose();
    assigned({}, past).receive(aBatch({ from: 0, to: 10 }));
    expect(redelivered()).toEqual([0, 4]);

    assigned({ metadata: '1;4+1;' }).receive(aBatch({ from: 0, to: 10 }));
    expect(redelivered()).toEqual([0, 4, 4]);
  });
});

describe('the state of a partition', () => {
  it('says what is pending and in flight, and when the oldest that is not completed was sent', async () => {
    const { records, ...batch } = aBatch({ from: 0, to: 5 });
    assigned().receive({
      ...batch,
      records: records.map((each) => ({ ...each, timestamp: 100 + Number(each.offset) })),
    });
    expect(partition.state).toEqual({
      partition: 0,
      pending: 5,
      inFlight: 3,
      paused: undefined,
      oldestAt: 100,
    });
    await handler.finish('0@1', '0@0');
    expect(partition.state).toMatchObject({ pending: 3, inFlight: 3, oldestAt: 102 });
    await handler.finish('0@2', '0@3', '0@4');
    expect(partition.state).toMatchObject({ pending: 0, inFlight: 0, oldestAt: undefined });
  });
});
