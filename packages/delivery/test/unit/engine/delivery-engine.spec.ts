import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { DeliveryEngine } from '../../../src/engine/delivery-engine.js';
import type { DeliveryEvent, DeliveryObserver } from '../../../src/engine/delivery-events.js';
import { DELIVERY_DEFAULTS } from '../../../src/engine/delivery-settings.js';
import type { GroupMember, Membership, Positions } from '../../../src/engine/record-source.js';
import { systemTimers } from '../../../src/engine/timers.js';
import { aBatch } from '../../support/a-batch.js';
import { HeldHandler } from '../../support/held-handler.js';
import { settled } from '../../support/manual-timers.js';
import { RecordingLogger } from '../../support/recording-logger.js';

const COMMIT_INTERVAL_MS = 200;
const REJOIN_DRAIN_MS = 1_000;
const NEVER = new Promise<never>(() => undefined);

/** A place in a group that the test drives, and what the engine did with it. */
class DrivenMembership implements Membership {
  readonly did: string[] = [];
  active = true;
  problem: string | undefined;
  joining: () => Promise<void> = () => Promise.resolve();
  committing: () => Promise<void> = () => Promise.resolve();

  join(): Promise<void> {
    this.did.push('join');
    return this.joining();
  }

  isActive(): boolean {
    return this.active;
  }

  pause(partition: number): void {
    this.did.push(`pause ${partition}`);
  }

  resume(partition: number): void {
    this.did.push(`resume ${partition}`);
  }

  commit(positions: Positions): Promise<void> {
    this.did.push(
      `commit ${[...positions].map(([partition, { position }]) => `${partition}@${position}`).join(' ')}`,
    );
    return this.committing();
  }

  leave(): Promise<void> {
    this.did.push('leave');
    return Promise.resolve();
  }

  get commits(): string[] {
    return this.did.filter((each) => each.startsWith('commit')).map((each) => each.slice('commit '.length));
  }
}

const batch = (partition: number, from: number, to: number) => aBatch({ partition, from, to });
const at = (...positions: [number, bigint][]) =>
  new Map(positions.map(([partition, position]) => [partition, { position, metadata: '' }]));
/** What is or was in flight, each time it started. */
const started = () => handler.started.map((each) => each.split('#')[0]);
const after = (ms: number) => jest.advanceTimersByTimeAsync(ms);

let membership: DrivenMembership;
let handler: HeldHandler;
let logger: RecordingLogger;
let onFailure: jest.Mock<(error: Error) => void>;
let member: GroupMember;
let engine: DeliveryEngine;
let observer: DeliveryObserver;
let events: DeliveryEvent[];

beforeEach(() => {
  jest.useFakeTimers();
  membership = new DrivenMembership();
  handler = new HeldHandler();
  logger = new RecordingLogger();
  onFailure = jest.fn();
  events = [];
  observer = (event) => events.push(event);
  const source = {
    membership: (each: GroupMember) => {
      member = each;
      return membership;
    },
  };
  const settings = {
    commitIntervalMs: COMMIT_INTERVAL_MS,
    concurrency: 1,
    maxPendingRecords: 4,
    maxPendingBytes: 1_000,
    handlerTimeoutMs: 60_000,
    rejoinDrainMs: REJOIN_DRAIN_MS,
    retryInitialMs: 100,
    retryMaxMs: 1_000,
  };
  engine = new DeliveryEngine('replica-1', source, handler, settings, {
    timers: systemTimers,
    clock: { now: () => new Date() },
    logger,
    onFailure,
    observer: (event) => observer(event),
  });
});
afterEach(() => {
  jest.useRealTimers();
});

/** Started, and the owner of these partitions. */
async function owning(...positions: [number, bigint][]): Promise<void> {
  await engine.start();
  member.assigned(at(...positions));
  membership.did.length = 0;
}

describe('a replica that is given a logger alone', () => {
  it('has default settings, the time of the system, and logs the end of its membership', async () => {
    engine = new DeliveryEngine(
      'replica-1',
      { membership: (each) => ((member = each), membership) },
      handler,
      { concurrency: 7 },
      { logger },
    );
    expect(engine.settings).toEqual({ ...DELIVERY_DEFAULTS, concurrency: 7 });
    expect([engine.timers, engine.clock.now()]).toEqual([systemTimers, new Date()]);
    const error = new Error('fenced');
    member.failed(error);
    expect(logger.lines).toEqual([{ level: 'error', message: 'the membership ended', fields: { error } }]);
    expect(await engine.check()).toEqual({ status: 'down', detail: 'fenced' });
  });
});

describe('starting a replica', () => {
  it('joins the group, and logs the partitions that it gets', async () => {
    await engine.start();
    member.assigned(at([0, 0n], [3, 7n]));

    expect(membership.did).toEqual(['join']);
    expect(logger.lines).toEqual([
      { level: 'info', message: 'partitions assigned', fields: { partitions: [0, 3] } },
    ]);
  });

  it('again works, because the first time failed', async () => {
    membership.joining = () => Promise.reject(new Error('no broker'));
    await expect(engine.start()).rejects.toThrow('no broker');
    expect(engine.state).toBe('joining');
    membership.joining = () => Promise.resolve();
    await owning([0, 0n]);

    expect(engine.state).toBe('working');
  });
});

describe('committing', () => {
  it('happens on the timer, and only of what is completed', async () => {
    await owning([0, 10n]);
    member.received(batch(0, 10, 13));
    await handler.finish('0@10', '0@11');

    await after(COMMIT_INTERVAL_MS - 1);
    expect(membership.commits).toEqual([]);
    await after(1);
    expect(membership.commits).toEqual(['0@12']);
  });

  it('takes all partitions that have something in one go, and no others', async () => {
    await owning([0, 0n], [1, 0n], [2, 5n]);
    for (const each of [batch(0, 0, 2), batch(1, 0, 1), batch(2, 5, 6)]) member.received(each);
    await handler.finish('0@0', '2@5');

    await after(COMMIT_INTERVAL_MS);
    expect(membership.commits).toEqual(['0@1 2@6']);
  });

  it('says nothing when nothing is new', async () => {
    await owning([0, 0n]);
    member.received(batch(0, 0, 2));
    await handler.finish('0@0');
    await after(10 * COMMIT_INTERVAL_MS);

    expect(membership.commits).toEqual(['0@1']);
  });

  it('needs no timer once all is committed, and goes on with the next record', async () => {
    await owning([0, 0n]);
    member.received(batch(0, 0, 1));
    await handler.finish('0@0');
    await after(2 * COMMIT_INTERVAL_MS);
    expect(membership.commits).toEqual(['0@1']);
    expect(jest.getTimerCount()).toBe(0);

    member.received(batch(0, 1, 2));
    await handler.finish('0@1');
    await after(COMMIT_INTERVAL_MS);
    expect(membership.commits).toEqual(['0@1', '0@2']);
  });

  it('goes on with what could not be committed before a rebalance that gave the partition back', async () => {
    await owning([0, 0n]);
    member.received(batch(0, 0, 1));
    await handler.finish('0@0');
    membership.committing = () => Promise.reject(new Error('no coordinator'));
    await member.beforeRejoin();
    membership.committing = () => Promise.resolve();
    await after(2 * COMMIT_INTERVAL_MS);
    membership.did.length = 0;
    member.assigned(at([0, 0n]));
    await after(COMMIT_INTERVAL_MS);

    expect(membership.commits).toEqual(['0@0']); // with what is completed beyond
  });

  it('goes on with offsets that were deleted, and have no records', async () => {
    await owning([0, 0n]);
    await after(2 * COMMIT_INTERVAL_MS);
    member.received({ partition: 0, from: 0n, to: 7n, records: [] });
    await after(COMMIT_INTERVAL_MS);

    expect(membership.commits).toEqual(['0@7']);
  });

  it('goes on with records that came while the lease was over, and starts them', async () => {
    await owning([0, 0n]);
    await after(2 * COMMIT_INTERVAL_MS);
    membership.active = false;
    member.received(batch(0, 0, 1));
    membership.active = true;
    expect(started()).toEqual([]);
    await after(COMMIT_INTERVAL_MS);

    expect(started()).toEqual(['0@0']);
  });

  it('waits for the commit in flight', async () => {
    await owning([0, 0n]);
    member.received(batch(0, 0, 3));
    await handler.finish('0@0');
    let respond: () => void = () => undefined;
    membership.committing = () => new Promise((resolve) => (respond = resolve));
    await after(COMMIT_INTERVAL_MS);
    await handler.finish('0@1');
    await after(10 * COMMIT_INTERVAL_MS);
    expect(membership.commits).toEqual(['0@1']);

    respond();
    await after(COMMIT_INTERVAL_MS);
    expect(membership.commits).toEqual(['0@1', '0@2']);
  });

  it('is retried when it failed, which is logged once for all failures in a row', async () => {
    await owning([0, 0n]);
    logger.lines.length = 0;
    member.received(batch(0, 0, 1));
    await handler.finish('0@0');
    const error = new Error('no coordinator');
    membership.committing = () => Promise.reject(error);
    await after(2 * COMMIT_INTERVAL_MS);
    membership.committing = () => Promise.resolve();
    await after(COMMIT_INTERVAL_MS);

    expect(membership.commits).toEqual(['0@1', '0@1', '0@1']);
    expect(logger.shown).toEqual([
      { level: 'warn', message: 'commits fail, they are retried', fields: { error } },
    ]);
  });

  it('that fails is logged again when commits went through between', async () => {
    await owning([0, 0n]);
    logger.lines.length = 0;
    member.received(batch(0, 0, 2));
    membership.committing = () => Promise.reject(new Error('no coordinator'));
    await handler.finish('0@0');
    await after(COMMIT_INTERVAL_MS);
    membership.committing = () => Promise.resolve();
    await after(COMMIT_INTERVAL_MS);
    membership.committing = () => Promise.reject(new Error('no coordinator'));
    await handler.finish('0@1');
    await after(COMMIT_INTERVAL_MS);

    expect(logger.shown).toHaveLength(2);
  });

  it('is right for an own partition, from what is committed up to the low-water mark', async () => {
    await owning([0, 10n]);
    member.received(batch(0, 10, 13));
    await handler.finish('0@10');

    expect([9n, 10n, 11n, 12n].map((position) => member.mayCommit(0, position))).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });

  it('is never right for the partition of another', async () => {
    await owning([0, 10n]);

    expect(member.mayCommit(1, 10n)).toBe(false);
  });
});

describe('a partition', () => {
  it('whose batch doesn’t begin where it stands asks for the right one', async () => {
    await owning([0, 10n]);

    expect(member.received(batch(0, 12, 14))).toBe(10n);
    expect(started()).toEqual([]);
  });

  it('is paused when its maximum is pending, until less than half of that is left; its neighbour goes on', async () => {
    await owning([0, 0n], [1, 0n]);
    member.received(batch(1, 0, 3));
    member.received(batch(0, 0, 3));
    expect(membership.did).toEqual([]);
    member.received(batch(0, 3, 4));
    expect(membership.did).toEqual(['pause 0']);

    await handler.finish('0@0', '0@1');
    expect(membership.did).toEqual(['pause 0']);
    await handler.finish('0@2');
    expect(membership.did).toEqual(['pause 0', 'resume 0']);
  });

  it('that isn’t this replica’s is not taken', async () => {
    await owning([0, 0n]);

    expect(member.received(batch(1, 0, 1))).toBeUndefined();
  });

  it('is continued from its committed position by its next owner, whatever was pending at the last one', async () => {
    await owning([0, 0n]);
    member.received(batch(0, 0, 2));
    member.assigned(at([0, 7n]));

    expect(member.received(batch(0, 7, 8))).toBe(8n);
    expect(started()).toEqual(['0@0', '0@7']);
  });
});

describe('a partition that comes back', () => {
  it('goes on after what was completed, though no commit got through', async () => {
    await owning([0, 0n]);
    member.received(batch(0, 0, 2));
    await handler.finish('0@0');
    member.assigned(at([0, 0n]));
    member.received(batch(0, 0, 2));
    await handler.finish('0@1');

    expect(started()).toEqual(['0@0', '0@1']);
  });
});

describe('an operator’s pause', () => {
  it('stops all partitions, and resume lets them go on', async () => {
    await owning([0, 0n], [1, 0n]);
    engine.pause();
    engine.pause();
    engine.resume();

    expect(membership.did).toEqual(['pause 0', 'pause 1', 'resume 0', 'resume 1']);
  });

  it('holds for partitions that are assigned later', async () => {
    await owning([0, 0n]);
    engine.pause();
    member.assigned(at([0, 0n], [2, 0n]));

    expect(membership.did).toEqual(['pause 0', 'pause 0', 'pause 2']);
  });

  it('ends without resuming a partition that has another reason to be paused', async () => {
    await owning([0, 0n], [1, 0n]);
    member.received(batch(0, 0, 4));
    engine.pause();
    engine.resume();

    expect(membership.did).toEqual(['pause 0', 'pause 1', 'resume 1']);
  });

  it('does not stop pending records', async () => {
    await owning([0, 0n]);
    member.received(batch(0, 0, 2));
    engine.pause();
    await handler.finish('0@0');

    expect(started()).toEqual(['0@0', '0@1']);
  });
});

describe('the membership lease', () => {
  it('once expired, lets nothing start and nothing take effect, until it is valid again', async () => {
    await owning([0, 0n]);
    member.received(batch(0, 0, 2));
    membership.active = false;
    expect(handler.attempts.get('0@0')?.mayTakeEffect()).toBe(false);
    await handler.finish('0@0');
    expect(started()).toEqual(['0@0']);

    membership.active = true;
    await after(COMMIT_INTERVAL_MS);
    expect(started()).toEqual(['0@0', '0@1']);
    expect(handler.attempts.get('0@1')?.mayTakeEffect()).toBe(true);
  });

  it('holds during the drain before a re-join, and not for a partition that went to another', async () => {
    await owning([0, 0n]);
    member.received(batch(0, 0, 1));
    void member.beforeRejoin();
    expect(handler.attempts.get('0@0')?.mayTakeEffect()).toBe(true);
    await after(REJOIN_DRAIN_MS);
    member.assigned(at([1, 0n]));
    expect(handler.attempts.get('0@0')?.mayTakeEffect()).toBe(false);
  });
});

describe('while a dependency is unavailable', () => {
  beforeEach(() => {
    handler.disposition = { kind: 'suspend' };
  });

  it('trials go round the partitions', async () => {
    await owning([0, 0n], [1, 0n]);
    for (const partition of [0, 1]) member.received(batch(partition, 0, 1));
    await handler.fail('0@0');
    await handler.fail('1@0');
    handler.started.length = 0;
    for (const untilNextProbeMs of [100, 100, 200, 400]) {
      await after(untilNextProbeMs);
      await handler.fail(started().at(-1) ?? 'none');
    }
    expect([...started()].sort()).toEqual(['0@0', '0@0', '1@0', '1@0']);
  });

  it('no partition gets a second trial before each has had one', async () => {
    await owning([0, 0n], [1, 0n], [2, 0n]);
    for (const partition of [0, 1, 2]) member.received(batch(partition, 0, 1));
    for (const record of ['0@0', '1@0', '2@0']) await handler.fail(record);
    handler.started.length = 0;
    for (const untilNextProbeMs of [100, 100, 200]) {
      await after(untilNextProbeMs);
      await handler.fail(started().at(-1) ?? 'none');
    }

    expect([...started()].sort()).toEqual(['0@0', '1@0', '2@0']);
  });

  it('all partitions go on when one record has succeeded', async () => {
    await owning([0, 0n], [1, 0n]);
    for (const partition of [0, 1]) member.received(batch(partition, 0, 1));
    await handler.fail('0@0');
    expect(started()).toEqual(['0@0', '1@0']);
    await handler.finish('1@0');
    expect(started()).toEqual(['0@0', '1@0', '0@0']);
  });
});

describe('before a re-join', () => {
  it('what is in flight finishes and is committed, and nothing else starts', async () => {
    await owning([0, 0n]);
    member.received(batch(0, 0, 3));
    const ready = jest.fn();
    void member.beforeRejoin().then(ready);
    await settled();
    expect(ready).not.toHaveBeenCalled();

    await handler.finish('0@0');
    expect(ready).toHaveBeenCalledTimes(1);
    expect(membership.commits).toEqual(['0@1']);
    expect(started()).toEqual(['0@0']);
  });

  it('joins that overlap share one drain and its deadline', async () => {
    await owning([0, 0n]);
    member.received(batch(0, 0, 1));
    const ready = jest.fn();
    void member.beforeRejoin().then(ready);
    await after(REJOIN_DRAIN_MS - 1);
    void member.beforeRejoin().then(ready);
    await after(1);

    expect(ready).toHaveBeenCalledTimes(2);
  });

  it('the next drain is a new one', async () => {
    await owning([0, 0n]);
    await member.beforeRejoin();
    member.assigned(at([0, 0n]));
    member.received(batch(0, 0, 1));
    const ready = jest.fn();
    void member.beforeRejoin().then(ready);
    await settled();

    expect(ready).not.toHaveBeenCalled();
  });

  it('the partitions are forgotten: nothing is taken, and nothing may be committed', async () => {
    await owning([0, 0n]);
    member.received(batch(0, 0, 1));
    await handler.finish('0@0');
    await member.beforeRejoin();

    expect(member.received(batch(0, 1, 2))).toBeUndefined();
    expect(member.mayCommit(0, 1n)).toBe(false);
    expect(await engine.check()).toEqual({ status: 'up', detail: 'partitions none' });
  });

  it('a record that does not finish in time is abandoned, and its completion later commits nothing', async () => {
    await owning([0, 0n]);
    member.received(batch(0, 0, 1));
    const ready = jest.fn();
    void member.beforeRejoin().then(ready);
    await after(REJOIN_DRAIN_MS - 1);
    expect(ready).not.toHaveBeenCalled();
    await after(1);
    expect(ready).toHaveBeenCalledTimes(1);
    expect(logger.lines.at(-1)).toEqual({
      level: 'warn',
      message: 'records are still in flight, they may be redelivered',
      fields: { deadlineMs: REJOIN_DRAIN_MS },
    });

    member.assigned(at([0, 0n]));
    await handler.finish('0@0');
    await after(10 * COMMIT_INTERVAL_MS);
    expect(membership.commits).toEqual([]);
    expect(member.mayCommit(0, 1n)).toBe(false);
  });

  it('a commit in flight is waited for, and what it lacks is committed after it', async () => {
    await owning([0, 0n]);
    member.received(batch(0, 0, 3));
    await handler.finish('0@0');
    let respond: () => void = () => undefined;
    membership.committing = () => new Promise((resolve) => (respond = resolve));
    await after(COMMIT_INTERVAL_MS);
    const ready = member.beforeRejoin();
    await handler.finish('0@1');
    expect(membership.commits).toEqual(['0@1']);

    membership.committing = () => Promise.resolve();
    respond();
    await ready;
    expect(membership.commits).toEqual(['0@1', '0@2']);
  });

  it('a commit without a response holds up the join for a second at most', async () => {
    await owning([0, 0n]);
    member.received(batch(0, 0, 1));
    await handler.finish('0@0');
    membership.committing = () => NEVER;
    const ready = jest.fn();
    void member.beforeRejoin().then(ready);
    await after(1_000);

    expect(ready).toHaveBeenCalledTimes(1);
    expect(logger.lines.at(-1)?.message).toBe('a commit got no response in time');
  });

  it('a commit that ends after the loss of the partitions is not believed: it may have been left out', async () => {
    let respond = (): void => undefined;
    membership.committing = () => new Promise((resolve) => (respond = resolve));
    await owning([0, 0n]);
    member.received(batch(0, 0, 1));
    await handler.finish('0@0');
    const draining = member.beforeRejoin();
    await after(1_000);
    await draining;
    respond();
    await settled();

    member.assigned(at([0, 0n]));
    member.received(batch(0, 0, 1));
    expect(started()).toEqual(['0@0']);
  });

  it('partitions that are assigned while it still drains stay', async () => {
    await owning([0, 0n]);
    member.received(batch(0, 0, 1));
    void member.beforeRejoin();
    member.assigned(at([1, 0n]));
    await after(REJOIN_DRAIN_MS);

    expect(member.received(batch(1, 0, 1))).toBe(1n);
  });
});

describe('stopping a replica', () => {
  it('pauses all, finishes what is in flight, commits it, and leaves, in this order', async () => {
    await owning([0, 0n], [1, 0n]);
    member.received(batch(0, 0, 2));
    const stopped = engine.stop(5_000);
    await after(4_000);
    expect(membership.did).toEqual(['pause 0', 'pause 1']);

    await handler.finish('0@0');
    await stopped;
    expect(membership.did).toEqual(['pause 0', 'pause 1', 'commit 0@1', 'leave']);
    expect(started()).toEqual(['0@0']);
  });

  it('leaves at its deadline without what is not completed', async () => {
    await owning([0, 0n]);
    member.received(batch(0, 0, 1));
    void engine.stop(5_000);
    await after(4_999);
    expect(membership.did).toEqual(['pause 0']);
    await after(1);
    expect(membership.did).toEqual(['pause 0', 'leave']);

    await handler.finish('0@0');
    await after(10 * COMMIT_INTERVAL_MS);
    expect(membership.commits).toEqual([]);
  });

  it('takes nothing from the moment it began', async () => {
    await owning([0, 0n]);
    member.received(batch(0, 0, 1));
    void engine.stop(5_000);

    expect(member.received(batch(0, 1, 2))).toBeUndefined();
    await handler.finish('0@0');
    expect(started()).toEqual(['0@0']);
  });

  it('takes nothing of what a rebalance brings meanwhile', async () => {
    await owning();
    logger.lines.length = 0;
    void engine.stop(5_000);
    member.assigned(at([4, 0n]));

    expect(membership.did).toEqual(['pause 4']);
    expect(member.received(batch(4, 0, 1))).toBeUndefined();
    expect(logger.shown).toEqual([]);
  });

  it('leaves no timer behind', async () => {
    await owning([0, 0n]);
    await engine.stop(5_000);

    expect(jest.getTimerCount()).toBe(0);
  });

  it('is harmless before it was started', async () => {
    await engine.stop(5_000);

    expect(membership.did).toEqual(['leave']);
  });
});

describe('what a replica says of itself', () => {
  it('is named after the replica', () => {
    expect(engine.name).toBe('consumer replica-1');
  });

  it('is the partitions that it has', async () => {
    await owning([0, 0n], [3, 0n]);

    expect(await engine.check()).toEqual({ status: 'up', detail: 'partitions 0, 3' });
  });

  it('is down while the group does not count it in', async () => {
    await owning([0, 0n]);
    membership.active = false;

    expect(await engine.check()).toEqual({ status: 'down', detail: 'not a member of the group' });
    membership.problem = 'the broker refused it';
    expect(await engine.check()).toEqual({
      status: 'down',
      detail: 'not a member of the group: the broker refused it',
    });
  });

  it('is down while a dependency is unavailable', async () => {
    handler.disposition = { kind: 'suspend' };
    await owning([0, 0n]);
    member.received(batch(0, 0, 1));
    await handler.fail('0@0');

    expect(await engine.check()).toEqual({ status: 'down', detail: 'circuit breaker open: failed' });
  });

  it('is up again when what waited for the dependency went to another replica: nothing here can show that it is available', async () => {
    handler.disposition = { kind: 'suspend' };
    await owning([0, 0n]);
    member.received(batch(0, 0, 1));
    await handler.fail('0@0');
    await owning([3, 0n]);

    expect(await engine.check()).toEqual({ status: 'up', detail: 'partitions 3' });
  });

  it('is down while records can’t be dead-lettered, which is logged', async () => {
    handler.disposition = { kind: 'dead-letter', reason: 'invalid', mayBeOutage: false };
    const error = new Error('no broker');
    handler.deadLettering = () => Promise.reject(error);
    await owning([0, 0n]);
    member.received(batch(0, 0, 1));
    await handler.fail('0@0');

    expect(await engine.check()).toEqual({
      status: 'down',
      detail: 'records that can’t be dead-lettered: 1',
    });
    expect(logger.lines.at(-1)).toEqual({
      level: 'error',
      message: 'a record could not be dead-lettered, it is retried',
      fields: { topic: 'orders', partition: 0, offset: 0n, error },
    });
  });

  it('in a dead letter has the time by its clock', async () => {
    handler.disposition = { kind: 'dead-letter', reason: 'invalid', mayBeOutage: false };
    await owning([0, 0n]);
    member.received(batch(0, 0, 1));
    await after(100);
    await handler.fail('0@0');

    const now = Date.now();
    expect(handler.deadLetters[0]?.failures).toMatchObject({ firstAt: now, lastAt: now });
  });

  it('is a warning when an attempt is overdue', async () => {
    await owning([0, 0n]);
    member.received(batch(0, 0, 1));
    await after(60_000);

    expect(logger.lines.at(-1)).toEqual({
      level: 'warn',
      message: 'an attempt is overdue and was aborted',
      fields: { topic: 'orders', partition: 0, offset: 0n },
    });
  });

  it('is a warning that says what the handler says of the record', async () => {
    handler.describe = ({ offset }) => ({ correlationId: `c-${offset}`, offset: 'the handler’s' });
    await owning([0, 0n]);
    member.received(batch(0, 0, 1));
    await after(60_000);

    const fields = { correlationId: 'c-0', topic: 'orders', partition: 0, offset: 0n };
    expect(logger.lines.at(-1)?.fields).toEqual(fields);
  });

  it('is down for good when the membership failed, which is told at once', async () => {
    await owning([0, 0n]);
    const error = new Error('the consumer died');
    member.failed(error);

    expect(onFailure).toHaveBeenCalledWith(error);
    expect(await engine.check()).toEqual({ status: 'down', detail: 'the consumer died' });
  });
});

describe('a replica that is observed', () => {
  const lastEvent = () => events.filter(({ kind }) => kind !== 'state-changed').at(-1);
  const states = () => events.flatMap((event) => (event.kind === 'state-changed' ? [event.state] : []));

  it('tells how long a rebalance took: from the join, and from when it let go', async () => {
    await engine.start();
    await after(70);
    member.assigned(at([0, 0n]));
    expect(lastEvent()).toEqual({ kind: 'rebalanced', durationMs: 70 });

    await member.beforeRejoin();
    await after(30);
    await member.beforeRejoin();
    member.assigned(at([0, 0n]));
    expect(lastEvent()).toEqual({ kind: 'rebalanced', durationMs: 30 });
  });

  it('tells what it does, each time that is another thing', async () => {
    expect(engine.state).toBe('joining');
    await owning([0, 0n]);
    engine.pause();
    engine.resume();
    member.received(batch(0, 0, 1));
    const drained = member.beforeRejoin();
    await handler.finish('0@0');
    await drained;
    expect(engine.state).toBe('joining');
    member.assigned(at([0, 1n]));
    const stopping = engine.stop(0);
    await after(1);
    await stopping;
    expect(states()).toEqual([
      ...['working', 'paused', 'working', 'draining', 'joining'],
      ...['working', 'draining', 'stopped'],
    ]);
  });

  it('is joining while the group may not count it in, and stopped when its membership failed', async () => {
    await owning([0, 0n]);
    membership.active = false;
    expect(engine.state).toBe('joining');
    membership.active = true;
    expect(engine.state).toBe('working');
    member.failed(new Error('the consumer died'));
    expect(engine.state).toBe('stopped');
    expect(states()).toEqual(['working', 'stopped']);
  });

  it('tells of each commit how long it took, and whether it failed', async () => {
    await owning([0, 0n]);
    member.received(batch(0, 0, 1));
    await handler.finish('0@0');
    const error = new Error('no coordinator');
    membership.committing = () => after(5).then(() => Promise.reject(error));
    await after(COMMIT_INTERVAL_MS + 5);
    expect(lastEvent()).toEqual({ kind: 'commit-finished', durationMs: 5, error });
    membership.committing = () => Promise.resolve();
    await after(COMMIT_INTERVAL_MS);
    expect(lastEvent()).toEqual({ kind: 'commit-finished', durationMs: 0 });
  });

  it('goes on when the observer throws, and logs that once', async () => {
    const error = new TypeError('a bug');
    observer = () => {
      throw error;
    };
    await owning([0, 0n]);
    member.received(batch(0, 0, 2));
    await handler.finish('0@0', '0@1');
    await after(COMMIT_INTERVAL_MS);

    expect(membership.commits).toEqual(['0@2']);
    expect(logger.lines.filter(({ level }) => level === 'error')).toEqual([
      { level: 'error', message: 'an observer of the delivery failed, it goes on', fields: { error } },
    ]);
  });

  it('says why a partition is paused, and the latest reason first', async () => {
    await owning([0, 0n], [1, 0n]);
    member.received(batch(0, 0, 4));
    const reasons = () => engine.partitionStates().map(({ paused }) => paused);
    expect(reasons()).toEqual(['pending-records', undefined]);
    engine.pause();
    expect(reasons()).toEqual(['operator', 'operator']);
    engine.resume();
    expect(reasons()).toEqual(['pending-records', undefined]);
    const stopping = engine.stop(0);
    expect(reasons()).toEqual(['stopping', 'stopping']);
    await after(1);
    await stopping;
    expect(engine.partitionStates()).toEqual([]);
  });
});
