import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { CircuitBreaker } from '../../../src/engine/circuit-breaker.js';
import { PartitionDelivery } from '../../../src/engine/partition-delivery.js';
import { decodeProgress } from '../../../src/engine/commit-metadata.js';
import { AttemptTimedOut, type RecordHandler } from '../../../src/engine/record-handler.js';
import type { Replica } from '../../../src/engine/replica.js';
import type { CommittedPosition } from '../../../src/engine/record-source.js';
import { aBatch } from '../../support/a-batch.js';
import { HeldHandler } from '../../support/held-handler.js';
import { ManualTimers, settled } from '../../support/manual-timers.js';
import { silentLogger } from '../../../src/contract/silent-logger.js';

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
let replica: Replica & { readonly circuitBreaker: CircuitBreaker };
const deadLetterFailed = jest.fn();
const timedOut = jest.fn();

beforeEach(() => {
  timers = new ManualTimers();
  handler = new HeldHandler();
  owned = true;
  jest.clearAllMocks();
  replica = {
    handler,
    settings: SETTINGS,
    timers,
    now: () => 1_000_000 + timers.now(),
    owns: () => owned,
    circuitBreaker: new CircuitBreaker(100, timers, silentLogger, () => {
      partition.pump();
    }),
    progressed: () => undefined,
    timedOut,
    deadLetterFailed,
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
  it('are at work side by side, as many as may be', async () => {
    assigned().offer(aBatch({ from: 0, to: 5 }));
    expect(handler.started).toEqual(['0@0#1', '0@1#1', '0@2#1']);
    await handler.finish('0@1');
    expect(handler.started).toEqual(['0@0#1', '0@1#1', '0@2#1', '0@3#1']);
  });

  it('of one key are carried out one after another, in their order', async () => {
    assigned().offer(aBatch({ from: 0, to: 3, key: sameKey }));
    expect(handler.started).toEqual(['0@0#1']);
    await handler.finish('0@0');
    expect(handler.started).toEqual(['0@0#1', '0@1#1']);
  });

  it('may be committed up to the lowest one that is not done, whatever is done beyond', async () => {
    assigned().offer(aBatch({ from: 0, to: 3 }));
    await handler.finish('0@1', '0@2');
    expect(position()).toBe(0n);
    expect(partition.mayCommit(1n)).toBe(false);
    await handler.finish('0@0');
    expect(position()).toBe(3n);
    expect(partition.mayCommit(3n)).toBe(true);
  });

  it('need no commit once they are committed', async () => {
    assigned().offer(aBatch({ from: 0, to: 1 }));
    await handler.finish('0@0');
    partition.wasCommitted(partition.uncommitted ?? { position: 0n, metadata: '' });
    expect(partition.uncommitted).toBeUndefined();
    expect(partition.mayCommit(0n)).toBe(false);
  });

  it('done beyond one that is not need one commit to be known, and no second one', async () => {
    assigned().offer(aBatch({ from: 0, to: 2 }));
    await handler.finish('0@1');
    const commit = { position: 0n, metadata: '1;1+1;' };
    expect(partition.uncommitted).toEqual(commit);
    partition.wasCommitted(commit);
    expect(partition.uncommitted).toBeUndefined();
  });

  it('stay committed when the answer to an older commit comes late', async () => {
    assigned().offer(aBatch({ from: 0, to: 2 }));
    await handler.finish('0@0', '0@1');
    partition.wasCommitted({ position: 2n, metadata: '' });
    partition.wasCommitted({ position: 1n, metadata: '' });
    expect(partition.uncommitted).toBeUndefined();
  });

  it('are not taken from a batch that begins elsewhere, and the place to begin is said', () => {
    assigned({ position: 5n });
    expect(partition.offer(aBatch({ from: 7, to: 9 }))).toBe(5n);
    expect(handler.started).toEqual([]);
  });

  it.each([
    ['records', { from: 0, to: 10 }],
    ['bytes', { from: 0, to: 2, value: new Uint8Array(500) }],
  ])('fill it when so many %s are in hand', (_what, options) => {
    assigned().offer(aBatch(options));
    expect(partition.holds(1)).toBe(true);
  });

  it.each([
    ['records', { to: 4 }, { to: 5 }],
    ['bytes', { to: 1, value: new Uint8Array(499) }, { to: 1, value: new Uint8Array(500) }],
    ['offsets that the log does not have', { to: 50, offsets: [0] }, { to: 51, offsets: [0] }],
  ])('fill half of it with half as many %s', (_what, less, half) => {
    const holdsHalf = [less, half].map((options) => {
      assigned().offer(aBatch({ from: 0, ...options }));
      return partition.holds(0.5);
    });
    expect(holdsHalf).toEqual([false, true]);
    expect(partition.holds(1)).toBe(false);
  });

  it('fill it no more when they are done', async () => {
    assigned().offer(aBatch({ from: 0, to: 2, value: new Uint8Array(500) }));
    await handler.finish('0@0');
    expect(partition.holds(1)).toBe(false);
  });

  /** The first one is at work, and `count` behind it are done. */
  async function completedBehindTheFirst(count: number): Promise<void> {
    partition.offer(aBatch({ from: 0, to: 1 }));
    for (let offset = 1; offset <= count; offset++) {
      partition.offer(aBatch({ from: offset, to: offset + 1 }));
      await handler.finish(`0@${offset}`);
    }
  }

  it('fill it when too much is completed beyond the lowest pending one that no commit tells', async () => {
    assigned();
    await completedBehindTheFirst(99);
    expect(partition.holds(1)).toBe(false);
    partition.offer(aBatch({ from: 100, to: 101 }));
    await handler.finish('0@100');
    expect(partition.holds(1)).toBe(true);
    await handler.finish('0@0');
    expect(partition.holds(0.5)).toBe(false);
  });

  it('don’t fill it, however many are completed, when a commit tells them', async () => {
    assigned();
    await completedBehindTheFirst(100);
    partition.wasCommitted(partition.uncommitted ?? { position: 0n, metadata: '' });
    expect(partition.holds(0.2)).toBe(false);
  });

  it('count as told until the position has passed them, and once', async () => {
    assigned();
    await completedBehindTheFirst(60);
    partition.wasCommitted(partition.uncommitted ?? { position: 0n, metadata: '' });
    partition.offer(aBatch({ from: 61, to: 162 }));
    for (let offset = 62; offset < 162; offset++) await handler.finish(`0@${offset}`);
    expect(partition.holds(1)).toBe(true);
    await handler.finish('0@0');
    expect(position()).toBe(61n);
    expect(partition.holds(1)).toBe(true);
  });

  it('are told by an earlier owner, too, and by none if nothing can show what became of the pending ones', () => {
    assigned({ position: 0n, metadata: '1;1+5k;' }).offer(aBatch({ from: 0, to: 1 }));
    expect(partition.holds(0.1)).toBe(true);
    expect(partition.holds(0.2)).toBe(false);
  });

  it('done beyond one that is not don’t fill it in an outage: only one to come may show that it is over', async () => {
    assigned();
    await completedBehindTheFirst(100);
    handler.disposition = { kind: 'suspend' };
    await handler.fail('0@0');
    expect(partition.holds(1)).toBe(false);
  });

  it('do not start while the partition may be another’s', () => {
    owned = false;
    assigned().offer(aBatch({ from: 0, to: 1 }));
    expect(handler.started).toEqual([]);
    owned = true;
    partition.pump();
    expect(handler.started).toEqual(['0@0#1']);
  });
});

describe('a record that fails', () => {
  it('is tried again after its delay, as the next attempt, and the next of its key waits', async () => {
    assigned().offer(aBatch({ from: 0, to: 2, key: sameKey }));
    await handler.fail('0@0');
    await timers.pass(999);
    expect(handler.started).toEqual(['0@0#1']);
    await timers.pass(1);
    expect(handler.started).toEqual(['0@0#1', '0@0#2']);
    await handler.finish('0@0');
    expect(handler.started).toEqual(['0@0#1', '0@0#2', '0@1#1']);
  });

  it('holds no slot while it waits', async () => {
    assigned().offer(aBatch({ from: 0, to: 6 }));
    for (const record of ['0@0', '0@1', '0@2']) await handler.fail(record);
    expect(handler.started).toHaveLength(6);
  });

  it.each([new Error('x'), 'a string', undefined, null, 0])(
    'with %p does not end the partition',
    async (thrown) => {
      assigned().offer(aBatch({ from: 0, to: 1 }));
      await handler.fail('0@0', thrown);
      await timers.pass(1_000);
      expect(handler.started).toEqual(['0@0#1', '0@0#2']);
    },
  );

  it('by throwing at once does not end the partition', async () => {
    const handle = jest.spyOn(handler, 'handle').mockImplementationOnce(() => {
      throw new Error('thrown, not rejected');
    });
    assigned().offer(aBatch({ from: 0, to: 1 }));
    await timers.pass(1_000);
    expect(handle).toHaveBeenCalledTimes(2);
  });

  it('is told to the next owner in the order of the log, with its attempts and their first time', async () => {
    assigned().offer(aBatch({ from: 0, to: 3 }));
    await timers.pass(7);
    for (const record of ['0@2', '0@0', '0@1']) await handler.fail(record);
    await timers.pass(1_000);
    await handler.fail('0@1');
    const { spent } = decodeProgress(0n, partition.uncommitted?.metadata ?? '');
    expect([...spent]).toEqual([
      [0n, { attempts: 1, firstAt: 1_000_007 }],
      [1n, { attempts: 2, firstAt: 1_000_007 }],
      [2n, { attempts: 1, firstAt: 1_000_007 }],
    ]);
  });

  it('and succeeds later leaves no attempts behind for the next owner', async () => {
    assigned().offer(aBatch({ from: 0, to: 2 }));
    await handler.fail('0@1');
    await timers.pass(1_000);
    await handler.finish('0@1');
    expect(partition.uncommitted).toEqual({ position: 0n, metadata: '1;1+1;' });
  });

  it('because it is not this replica’s any more spends no attempt', async () => {
    assigned().offer(aBatch({ from: 0, to: 1 }));
    owned = false;
    expect(handler.attempts.get('0@0')?.mayTakeEffect()).toBe(false);
    await handler.fail('0@0');
    owned = true;
    partition.pump();
    expect(handler.started).toEqual(['0@0#1', '0@0#1']);
  });

  it('and is let go spends no attempt', async () => {
    handler.disposition = { kind: 'let-go' };
    assigned().offer(aBatch({ from: 0, to: 1 }));
    await handler.fail('0@0');
    expect(handler.started).toEqual(['0@0#1', '0@0#1']);
  });
});

describe('an attempt that takes too long', () => {
  it('is aborted, which is told, and keeps its slot until it settles', async () => {
    assigned().offer(aBatch({ from: 0, to: 4 }));
    await timers.pass(SETTINGS.handlerTimeoutMs);
    expect(handler.attempts.get('0@0')?.signal.aborted).toBe(true);
    expect(timedOut).toHaveBeenCalledTimes(3);
    expect(handler.started).toHaveLength(3);
    await handler.fail('0@0');
    expect(handler.started).toHaveLength(4);
  });

  it('failed because of that, whatever it says', async () => {
    const decide = jest.spyOn(handler as RecordHandler, 'decide');
    assigned().offer(aBatch({ from: 0, to: 1 }));
    await timers.pass(SETTINGS.handlerTimeoutMs);
    await handler.fail('0@0', new Error('cut off'));
    const error = new AttemptTimedOut(SETTINGS.handlerTimeoutMs);
    expect(error).toMatchObject({ name: 'AttemptTimedOut', message: 'the attempt took more than 5000 ms' });
    expect(decide).toHaveBeenCalledWith(error, expect.objectContaining({ offset: 0n }), 1, false);
  });

  it('is done all the same when it comes to a good end', async () => {
    assigned().offer(aBatch({ from: 0, to: 1 }));
    await timers.pass(SETTINGS.handlerTimeoutMs);
    await handler.finish('0@0');
    expect(position()).toBe(1n);
  });

  it('leaves no timer behind when it settles in time', async () => {
    assigned().offer(aBatch({ from: 0, to: 1 }));
    await handler.finish('0@0');
    expect(timers.waiting).toBe(0);
  });
});

describe('while a dependency is away', () => {
  beforeEach(() => {
    handler.disposition = { kind: 'suspend' };
  });

  it('only a probe starts now and then, and no attempt is spent', async () => {
    assigned().offer(aBatch({ from: 0, to: 4 }));
    for (const record of ['0@0', '0@1', '0@2']) await handler.fail(record);
    expect(handler.started).toEqual(['0@0#1', '0@1#1', '0@2#1']);
    await timers.pass(100);
    expect(handler.started.slice(3)).toEqual(['0@3#1']);
    await handler.fail('0@3');
    await timers.pass(100);
    expect(handler.started.slice(4)).toEqual(['0@0#1']);
  });

  it('all go on with the first success', async () => {
    assigned().offer(aBatch({ from: 0, to: 3 }));
    for (const record of ['0@0', '0@1']) await handler.fail(record);
    await handler.finish('0@2');
    expect(handler.started.slice(3)).toEqual(['0@0#1', '0@1#1']);
  });

  it('probes go to the youngest record: the oldest failed before, and would again after each rebalance', async () => {
    assigned().offer(aBatch({ from: 0, to: 20 }));
    for (const record of ['0@0', '0@1', '0@2']) await handler.fail(record);
    partition.lose();
    assigned().offer(aBatch({ from: 0, to: 20 }));
    await timers.pass(100);
    expect(handler.started.at(-1)).toBe('0@19#1');
    await handler.fail('0@19');
    await timers.pass(200);
    expect(handler.started.at(-1)).toBe('0@18#1');
  });

  it('probes go to records that were not tried before, then round', async () => {
    assigned().offer(aBatch({ from: 0, to: 2 }));
    await handler.fail('0@0');
    await handler.fail('0@1');
    partition.offer(aBatch({ from: 2, to: 3 }));
    for (const [ms, probe] of [
      [100, '0@2'],
      [100, '0@0'],
      [200, '0@1'],
      [400, '0@2'],
    ] as const) {
      await timers.pass(ms);
      expect(handler.started.at(-1)).toBe(`${probe}#1`);
      await handler.fail(probe);
    }
  });

  it('failures that can’t come of it, however many, are counted and open nothing', async () => {
    handler.disposition = { kind: 'retry', delayMs: 1_000, mayBeOutage: false };
    replica = { ...replica, settings: { ...SETTINGS, concurrency: 10 } };
    assigned().offer(aBatch({ from: 0, to: 6 }));
    for (let offset = 0; offset < 6; offset++) await handler.fail(`0@${offset}`);
    await timers.pass(1_000);
    expect(handler.started.slice(6)).toEqual(['0@0#2', '0@1#2', '0@2#2', '0@3#2', '0@4#2', '0@5#2']);
  });

  it('failures that may come of it spend no attempt from the fifth order on', async () => {
    handler.disposition = { kind: 'retry', delayMs: 1_000, mayBeOutage: true };
    replica = { ...replica, settings: { ...SETTINGS, concurrency: 10 } };
    assigned().offer(aBatch({ from: 0, to: 7 }));
    for (let offset = 0; offset < 6; offset++) await handler.fail(`0@${offset}`);
    await handler.finish('0@6');
    await timers.pass(1_000);
    expect(handler.started.slice(7)).toEqual(['0@4#1', '0@5#1', '0@0#2', '0@1#2', '0@2#2', '0@3#2']);
  });

  it('what was in flight when it ended is retried at once and counted no attempt, once', async () => {
    handler.disposition = { kind: 'retry', delayMs: 1_000, mayBeOutage: true };
    assigned().offer(aBatch({ from: 0, to: 3 }));
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
    assigned().offer(aBatch({ from: 0, to: 2 }));
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
    assigned().offer(aBatch({ from: 0, to: 1 }));
    await handler.fail('0@0');
    partition.recovered();
    expect(handler.started).toEqual(['0@0#1']);
  });

  it('a record whose last attempt failed with many others is not given up', async () => {
    handler.disposition = { kind: 'dead-letter', reason: 'exhausted', mayBeOutage: true };
    replica = { ...replica, settings: { ...SETTINGS, concurrency: 10 } };
    assigned().offer(aBatch({ from: 0, to: 10 }));
    for (let offset = 0; offset < 10; offset++) await handler.fail(`0@${offset}`);
    // what failed before it was known that it is an outage: fewer than the different failures that open the circuit
    expect(handler.deadLetters.length).toBeLessThan(5);
    expect(replica.circuitBreaker.isOpen).toBe(true);
  });
});

describe('a record that is given up', () => {
  beforeEach(() => {
    handler.disposition = { kind: 'dead-letter', reason: 'exhausted', mayBeOutage: false };
  });

  it('is done when its letter is kept, which tells its failures', async () => {
    handler.disposition = { kind: 'retry', delayMs: 1_000, mayBeOutage: false };
    assigned().offer(aBatch({ from: 0, to: 1 }));
    await handler.fail('0@0');
    await timers.pass(1_000);
    handler.disposition = { kind: 'dead-letter', reason: 'exhausted', mayBeOutage: false };
    const error = new Error('the last one');
    await handler.fail('0@0', error);
    const failures = { error, attempts: 2, firstAt: 1_000_000, lastAt: 1_001_000 };
    expect(handler.deadLetters).toEqual([{ record: '0@0', reason: 'exhausted', failures }]);
    expect(position()).toBe(1n);
  });

  it('is not done while its letter is not kept; the letter is tried again, less and less often', async () => {
    handler.deadLettering = () => Promise.reject(new Error('no broker'));
    assigned().offer(aBatch({ from: 0, to: 1 }));
    await handler.fail('0@0');
    const counts = [];
    for (const ms of [100, 200, 300, 300]) {
      await timers.pass(ms);
      counts.push(handler.deadLetters.length);
    }
    expect(counts).toEqual([2, 3, 4, 5]);
    expect(deadLetterFailed).toHaveBeenCalledTimes(5);
    expect(partition.mayCommit(1n)).toBe(false);
    expect(partition.unsentDeadLetters).toBe(1);

    handler.deadLettering = () => Promise.resolve();
    await timers.pass(300);
    expect(position()).toBe(1n);
    expect(partition.unsentDeadLetters).toBe(0);
    expect(handler.started).toHaveLength(1);
  });

  it('does not count as unsent when its letter was kept at once', async () => {
    assigned().offer(aBatch({ from: 0, to: 2 }));
    await handler.fail('0@0');
    handler.deadLettering = () => Promise.reject(new Error('no broker'));
    await handler.fail('0@1');
    expect(partition.unsentDeadLetters).toBe(1);
  });

  it('leaves its last attempt to the next owner when its letter was not kept, and not one more', async () => {
    handler.deadLettering = () => Promise.reject(new Error('no broker'));
    handler.disposition = { kind: 'retry', delayMs: 1_000, mayBeOutage: false };
    assigned().offer(aBatch({ from: 0, to: 1 }));
    await handler.fail('0@0');
    await timers.pass(1_000);
    handler.disposition = { kind: 'dead-letter', reason: 'exhausted', mayBeOutage: false };
    await handler.fail('0@0');
    assigned(partition.uncommitted).offer(aBatch({ from: 0, to: 1 }));
    expect(handler.started).toEqual(['0@0#1', '0@0#2', '0@0#2']);
  });

  it('leaves no attempts behind for the next owner when its letter is kept', async () => {
    handler.disposition = { kind: 'retry', delayMs: 1_000, mayBeOutage: false };
    assigned().offer(aBatch({ from: 0, to: 2 }));
    await handler.fail('0@1');
    await timers.pass(1_000);
    handler.disposition = { kind: 'dead-letter', reason: 'exhausted', mayBeOutage: false };
    await handler.fail('0@1');
    expect(partition.uncommitted).toEqual({ position: 0n, metadata: '1;1+1;' });
  });

  it('goes nowhere when the partition may be another’s by then', async () => {
    handler.deadLettering = () => Promise.reject(new Error('no broker'));
    assigned().offer(aBatch({ from: 0, to: 1 }));
    await handler.fail('0@0');
    owned = false;
    await timers.pass(1_000);
    expect(handler.deadLetters).toHaveLength(1);
  });
});

describe('draining a partition', () => {
  it('waits for what is at work, starts nothing, and takes nothing', async () => {
    assigned().offer(aBatch({ from: 0, to: 5 }));
    const drained = jest.fn();
    void partition.drain().then(drained);
    await handler.finish('0@0', '0@1');
    expect(drained).not.toHaveBeenCalled();
    await handler.finish('0@2');
    expect(drained).toHaveBeenCalledTimes(1);
    expect(handler.started).toHaveLength(3);
    expect(position()).toBe(3n);
    expect(partition.offer(aBatch({ from: 5, to: 6 }))).toBe(5n);
  });

  it('lets a record go that waits for its next attempt, and keeps the attempts that were spent', async () => {
    assigned().offer(aBatch({ from: 0, to: 1 }));
    await handler.fail('0@0');
    await partition.drain();
    expect(timers.waiting).toBe(0);
    await timers.pass(60_000);
    expect(handler.started).toEqual(['0@0#1']);
    assigned(partition.uncommitted).offer(aBatch({ from: 0, to: 1 }));
    expect(handler.started).toEqual(['0@0#1', '0@0#2']);
  });

  it('counts an attempt that fails meanwhile, and does not try again', async () => {
    assigned().offer(aBatch({ from: 0, to: 1 }));
    const drained = partition.drain();
    await handler.fail('0@0');
    await drained;
    expect(handler.started).toEqual(['0@0#1']);
    assigned(partition.uncommitted).offer(aBatch({ from: 0, to: 1 }));
    expect(handler.started.at(-1)).toBe('0@0#2');
  });

  it('leaves no timer behind for a record that fails meanwhile', async () => {
    assigned().offer(aBatch({ from: 0, to: 1 }));
    void partition.drain();
    await handler.fail('0@0');
    expect(timers.waiting).toBe(0);
  });

  it('is over at once when nothing is at work', async () => {
    await expect(assigned().drain()).resolves.toBeUndefined();
  });
});

describe('the next owner of a partition', () => {
  it('does not carry out again what was done beyond a gap', async () => {
    assigned().offer(aBatch({ from: 0, to: 3 }));
    await handler.finish('0@1');
    const commit = partition.uncommitted;
    handler = new HeldHandler();
    replica = { ...replica, handler };
    assigned(commit).offer(aBatch({ from: 0, to: 3 }));
    expect(handler.started).toEqual(['0@0#1', '0@2#1']);
  });
});

describe('a partition that comes back to its replica', () => {
  it('does not repeat what was done, though no commit got through', async () => {
    const past = assigned();
    past.offer(aBatch({ from: 0, to: 3 }));
    await handler.finish('0@0', '0@2');
    past.lose();
    assigned({}, past).offer(aBatch({ from: 0, to: 4 }));
    expect(handler.started.slice(3)).toEqual(['0@3#1']);
    await handler.finish('0@1');
    expect(position()).toBe(3n);
  });

  it('waits for an attempt that is still at work, and begins no second one', async () => {
    const past = assigned();
    past.offer(aBatch({ from: 0, to: 1 }));
    past.lose();
    assigned({}, past).offer(aBatch({ from: 0, to: 1 }));
    await settled();
    expect(handler.started).toEqual(['0@0#1']);
    await handler.finish('0@0');
    expect(handler.started).toEqual(['0@0#1']);
    expect(position()).toBe(1n);
  });

  it('counts the failure of an attempt that was still at work once', async () => {
    const past = assigned();
    past.offer(aBatch({ from: 0, to: 1 }));
    past.lose();
    assigned({}, past).offer(aBatch({ from: 0, to: 1 }));
    await handler.fail('0@0');
    await timers.pass(1_000);
    expect(handler.started).toEqual(['0@0#1', '0@0#2']);
  });

  it('takes over what was done between its loss and its return', async () => {
    const past = assigned();
    past.offer(aBatch({ from: 0, to: 2 }));
    past.lose();
    await handler.finish('0@0');
    assigned({}, past).offer(aBatch({ from: 0, to: 2 }));
    await handler.finish('0@1');
    expect(handler.started).toHaveLength(2);
    expect(position()).toBe(2n);
  });

  it('takes over what was done after its return, before the record came again', async () => {
    const past = assigned();
    past.offer(aBatch({ from: 0, to: 1 }));
    past.lose();
    assigned({}, past);
    await handler.finish('0@0');
    partition.offer(aBatch({ from: 0, to: 1 }));
    await settled();
    expect(handler.started).toHaveLength(1);
    expect(position()).toBe(1n);
  });

  it('remembers the attempts that it spent, though no commit got through', async () => {
    const past = assigned();
    past.offer(aBatch({ from: 0, to: 1 }));
    await handler.fail('0@0');
    past.lose();
    assigned({}, past).offer(aBatch({ from: 0, to: 1 }));
    expect(handler.started).toEqual(['0@0#1', '0@0#2']);
  });

  it('goes on counting attempts where another replica stopped meanwhile, or where it stopped itself', async () => {
    const past = assigned();
    past.offer(aBatch({ from: 0, to: 2 }));
    await handler.fail('0@0');
    await handler.fail('0@1');
    const { metadata = '' } = past.uncommitted ?? {};
    past.lose();
    const elsewhere = assigned({ metadata });
    elsewhere.offer(aBatch({ from: 0, to: 1 }));
    await handler.fail('0@0');
    const commit = elsewhere.uncommitted;
    elsewhere.lose();
    handler.started.length = 0;
    assigned(commit, past).offer(aBatch({ from: 0, to: 2 }));
    expect(handler.started).toEqual(['0@0#3', '0@1#2']);
  });

  it('notes no attempts at what another replica carried out meanwhile', async () => {
    const past = assigned();
    past.offer(aBatch({ from: 0, to: 1 }));
    await handler.fail('0@0');
    past.lose();
    expect(assigned({ position: 1n }, past).uncommitted).toBeUndefined();
  });

  it('remembers nothing when the position went back: the log or the group was reset', async () => {
    const past = assigned({ position: 5n });
    past.offer(aBatch({ from: 5, to: 7 }));
    await handler.finish('0@6');
    past.lose();
    assigned({ position: 4n }, past).offer(aBatch({ from: 4, to: 7 }));
    expect(handler.started.slice(2)).toEqual(['0@4#1', '0@5#1', '0@6#1']);
  });

  it('commits nothing for what was lost: an old delivery’s completion is not the new one’s', async () => {
    const past = assigned();
    past.offer(aBatch({ from: 0, to: 1 }));
    past.lose();
    assigned({}, past);
    await handler.finish('0@0');
    expect(partition.mayCommit(1n)).toBe(false);
  });
});
