import { beforeEach, describe, expect, it } from '@jest/globals';
import { DeliveryEngine } from '../../../src/engine/delivery-engine.js';
import type { RecordHandler } from '../../../src/engine/record-handler.js';
import type {
  CommittedPosition,
  GroupMember,
  Membership,
  Positions,
  RecordSource,
} from '../../../src/engine/record-source.js';
import { aBatch } from '../../support/a-batch.js';
import { ManualTimers, settled } from '../../support/manual-timers.js';
import { silentLogger } from '../../../src/contract/silent-logger.js';

const FETCH = 500;
const COMMIT_INTERVAL_MS = 200;
const WAIT_MS = 60_000;

/** One partition of so many records, read by one member until it is paused. */
class Log implements RecordSource {
  committed: CommittedPosition = { position: 0n, metadata: '' };
  committing: () => Promise<void> = () => Promise.resolve();
  isPaused = false;
  next = 0;
  private member: GroupMember | undefined;

  constructor(readonly end: number) {}

  membership(member: GroupMember): Membership {
    this.member = member;
    return {
      join: () => {
        this.assign();
        return Promise.resolve();
      },
      isActive: () => this.member === member,
      pause: () => (this.isPaused = true),
      resume: () => (this.isPaused = false),
      commit: async (positions: Positions) => {
        await this.committing();
        if (this.member === member) this.committed = positions.get(0) ?? this.committed;
      },
      leave: () => Promise.resolve(),
    };
  }

  async rebalance(): Promise<void> {
    await this.member?.beforeRejoin();
    this.assign();
  }

  /** Hands in what the member takes; a commit is due now and then. */
  async readOn(timers: ManualTimers): Promise<void> {
    for (let fetches = 1; !this.isPaused && this.next < this.end; fetches++) {
      const to = Math.min(this.next + FETCH, this.end);
      this.next = Number(this.member?.received(aBatch({ from: this.next, to })));
      await settled();
      if (fetches % 4 === 0) await timers.pass(COMMIT_INTERVAL_MS);
    }
    await timers.pass(COMMIT_INTERVAL_MS);
  }

  private assign(): void {
    this.next = Number(this.committed.position);
    this.isPaused = false;
    this.member?.assigned(new Map([[0, this.committed]]));
  }
}

let timers: ManualTimers;
let mustWait: (offset: number) => boolean;
let processed: number[];

const handler: RecordHandler = {
  handle: ({ offset }) => {
    if (mustWait(Number(offset))) return Promise.reject(new Error('not yet'));
    processed.push(Number(offset));
    return Promise.resolve();
  },
  decide: () => ({ kind: 'retry', delayMs: WAIT_MS, mayBeOutage: false }),
  deadLetter: () => Promise.resolve(),
};

async function replicaOn(log: Log, maxPendingRecords: number): Promise<DeliveryEngine> {
  const settings = {
    concurrency: 200,
    maxPendingRecords,
    maxPendingBytes: 1_000_000_000,
    commitIntervalMs: COMMIT_INTERVAL_MS,
    handlerTimeoutMs: 5_000,
    rejoinDrainMs: 1_000,
    retryInitialMs: 100,
    retryMaxMs: 300,
  };
  const clock = { now: () => new Date(timers.now()) };
  const surroundings = { timers, clock, logger: silentLogger, onFailure: () => undefined };
  const engine = new DeliveryEngine('replica', log, handler, settings, surroundings);
  await engine.start();
  return engine;
}

beforeEach(() => {
  timers = new ManualTimers();
  mustWait = () => false;
  processed = [];
});

const MAX_PENDING = 2_000;
/** What a kill may have redelivered of what was completed: what no commit tells, and what was pending by then. */
const MAX_REDELIVERED = 10 * MAX_PENDING + MAX_PENDING + FETCH;

/** Passes the time for which records wait, and reads on, until the partition is read to its end. */
async function goOn(log: Log): Promise<void> {
  mustWait = () => false;
  for (let turns = 0; turns < 10 && log.next < log.end; turns++) {
    await timers.pass(WAIT_MS);
    await log.readOn(timers);
  }
}

describe('a record that waits for its next attempt', () => {
  beforeEach(() => {
    mustWait = (offset) => offset === 0;
  });

  it('holds up none of 250,000 behind it, and the next owner is told all of them', async () => {
    const log = new Log(250_001);
    await replicaOn(log, 10_000);
    await log.readOn(timers);
    expect(processed).toHaveLength(250_000);
    expect(log.committed).toEqual({ position: 0n, metadata: expect.stringMatching(/^1;1\+5cwg;0\.1\./) });
  });

  it('lets so many behind it be processed as may be in no commit while commits fail, and all when one succeeds', async () => {
    const log = new Log(50_001);
    log.committing = () => Promise.reject(new Error('no coordinator'));
    await replicaOn(log, MAX_PENDING);
    await log.readOn(timers);
    expect(log.isPaused).toBe(true);
    expect(processed.length).toBeGreaterThanOrEqual(10 * MAX_PENDING);
    expect(processed.length).toBeLessThan(MAX_REDELIVERED);

    log.committing = () => Promise.resolve();
    await timers.pass(COMMIT_INTERVAL_MS);
    await log.readOn(timers);
    expect(processed).toHaveLength(50_000);
  });
});

describe('when every hundredth record waits for its next attempt', () => {
  const END = 100_000;
  let log: Log;

  beforeEach(async () => {
    mustWait = (offset) => offset % 100 === 0;
    log = new Log(END);
    await replicaOn(log, MAX_PENDING);
    await log.readOn(timers);
  });

  it('reading pauses with a bounded number pending, and goes on when they are processed', async () => {
    expect(log.isPaused).toBe(true);
    expect(processed.length).toBeGreaterThan(10 * MAX_PENDING);
    expect(log.next - processed.length).toBeLessThan(MAX_PENDING + FETCH);
    await goOn(log);
    expect(processed).toHaveLength(END);
  });

  it('a kill has a bounded number redelivered, and none that is in a commit', async () => {
    const before = new Set(processed.splice(0));
    await replicaOn(log, MAX_PENDING);
    await log.readOn(timers);
    await goOn(log);
    const redelivered = processed.filter((offset) => before.has(offset)).length;
    expect(redelivered).toBeGreaterThan(9 * MAX_PENDING);
    expect(redelivered).toBeLessThan(MAX_REDELIVERED);
    expect(processed).toHaveLength(END - before.size + redelivered);
  });

  it('a replica that knows more than was committed goes on after a rebalance, and processes nothing twice', async () => {
    await log.rebalance();
    await log.readOn(timers);
    await goOn(log);
    expect(processed).toHaveLength(END);
    expect(new Set(processed).size).toBe(END);
  });
});
