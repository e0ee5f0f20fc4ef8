import { beforeEach, describe, expect, it } from '@jest/globals';
import type { EngineState, PartitionState, ReceivedRecord } from '@order-service/delivery';
import type { ReplicaReport } from '../../../../src/application/ports/replica-reports.js';
import { HandledOrders } from '../../../../src/interfaces/messaging/handled-orders.js';
import { ReplicaReporter } from '../../../../src/interfaces/messaging/replica-reporter.js';
import { ManualTimers } from '../../../../packages/delivery/test/support/manual-timers.js';

const record = (offset: bigint, key = `order-${offset}`): ReceivedRecord => ({
  topic: 'topic',
  partition: 2,
  offset,
  timestamp: 0,
  key: Buffer.from(key),
  value: null,
  headers: {},
});

let timers: ManualTimers;
let reports: ReplicaReport[];
let replica: { state: EngineState; circuitBreakerReason: string | undefined; states: PartitionState[] };
let reporter: ReplicaReporter;

beforeEach(() => {
  timers = new ManualTimers();
  reports = [];
  replica = { state: 'joining', circuitBreakerReason: undefined, states: [] };
  const report = (each: ReplicaReport) => reports.push(each);
  reporter = new ReplicaReporter('replica-1', { report }, timers, () => 1_000 + timers.now());
  reporter.watch({
    get state() {
      return replica.state;
    },
    get circuitBreakerReason() {
      return replica.circuitBreakerReason;
    },
    partitionStates: () => replica.states,
  });
});

const becomes = (state: EngineState) => {
  replica.state = state;
  reporter.observer({ kind: 'state-changed', state });
};
const last = () => reports.at(-1);
const processed = (offset: bigint) => {
  reporter.onProcessed({ record: record(offset), attempt: 1, outcome: 'processed', durationMs: 12.4 });
};

describe('a replica reports', () => {
  it('at its start, and every 1.4 s as long as nothing happens', async () => {
    expect(reports).toHaveLength(1);
    await timers.pass(10_000);
    expect(reports.map(({ at }) => at - 1_000)).toEqual([0, 1, 2, 3, 4, 5, 6, 7].map((n) => n * 1_400));
  });

  it.each<[string, () => void]>([
    ['is processed', () => processed(1n)],
    [
      'is read',
      () => {
        reporter.observer({ kind: 'records-received', partition: 2, count: 1, redelivered: 0 });
      },
    ],
    [
      'failed',
      () => {
        reporter.observer({ kind: 'attempt-finished', record: record(1n), durationMs: 1, error: 'no luck' });
      },
    ],
  ])('half a second after the last report when an order %s', async (_what, happens) => {
    await timers.pass(100);
    happens();
    await timers.pass(399);
    expect(reports).toHaveLength(1);
    await timers.pass(1);
    expect(reports).toHaveLength(2);
  });

  it('at once what happens a while after the last report, but not that it committed', async () => {
    await timers.pass(1_000);
    reporter.observer({ kind: 'commit-finished', durationMs: 1 });
    expect(reports).toHaveLength(1);
    processed(1n);
    expect(reports).toHaveLength(2);
  });

  it('twice a second at most, whatever it does', async () => {
    for (let ms = 0; ms < 10_000; ms += 50) {
      processed(BigInt(ms));
      becomes(ms % 100 === 0 ? 'paused' : 'working');
      await timers.pass(50);
    }
    expect(reports.length).toBeLessThanOrEqual(21);
    expect(reports.length).toBeGreaterThanOrEqual(19);
  });

  it('at once that it has stopped, and nothing after that', async () => {
    await timers.pass(510);
    becomes('draining');
    becomes('stopped');
    expect(last()?.state).toBe('stopped');
    const count = reports.length;
    processed(1n);
    await timers.pass(60_000);
    expect(reports).toHaveLength(count);
    expect(timers.waiting).toBe(0);
  });

  it('what it has, and why it waits', async () => {
    const state = { partition: 2, pending: 9, inFlight: 3, paused: 'operator' as const, oldestAt: 5 };
    replica.states = [state];
    replica.circuitBreakerReason = 'x'.repeat(1_000);
    becomes('paused');
    await timers.pass(500);
    expect(last()).toMatchObject({
      replica: 'replica-1',
      startedAt: 1_000,
      at: 1_500,
      state: 'paused',
      partitions: [{ partition: 2, pending: 9, inFlight: 3, paused: 'operator' }],
      circuitBreaker: 'x'.repeat(200),
    });
  });

  it('what became of the latest orders, and how many there were', async () => {
    processed(1n);
    const failed = { attempt: 3, durationMs: 7.6, error: new Error('no\nluck') };
    reporter.observer({ kind: 'retried', record: record(2n), ...failed });
    reporter.observer({ kind: 'dead-lettered', reason: 'exhausted', record: record(3n), ...failed });
    await timers.pass(500);
    expect(last()?.totals).toEqual({ completed: 1, retried: 1, deadLettered: 1 });
    const at = 1_000;
    expect(last()?.recent).toEqual([
      ...[
        {
          orderId: 'order-3',
          offset: '3',
          attempt: 3,
          outcome: 'dead-lettered',
          tookMs: 8,
          error: 'no luck',
        },
        { orderId: 'order-2', offset: '2', attempt: 3, outcome: 'retried', tookMs: 8, error: 'no luck' },
        { orderId: 'order-1', offset: '1', attempt: 1, outcome: 'processed', tookMs: 12 },
      ].map((each) => ({ partition: 2, at, ...each })),
    ]);
    expect(last()?.completionTimes.reduce((sum, count) => sum + count, 0)).toBe(1);
  });
});

describe('the handled orders', () => {
  it('are the latest twenty, newest first, with ids of any bytes cut short', () => {
    const handled = new HandledOrders();
    for (let offset = 0n; offset < 50n; offset++) handled.add(record(offset), 1, 'rejected', 0, 0);
    handled.add({ ...record(50n), key: null }, 1, 'rejected', 0, 0);
    handled.add({ ...record(51n), key: Buffer.alloc(500, 0xff) }, 1, 'rejected', 0, 0);
    const recent = handled.recent();
    expect(recent.map(({ offset }) => Number(offset))).toEqual(Array.from({ length: 20 }, (_, n) => 51 - n));
    expect(recent[1]?.orderId).toBe('');
    expect(recent[0]?.orderId).toHaveLength(193);
    expect(handled.totals.completed).toBe(52);
  });
});
