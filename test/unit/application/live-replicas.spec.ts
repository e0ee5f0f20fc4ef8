import { describe, expect, it } from '@jest/globals';
import { bucketAt, percentile } from '../../../src/application/live/completion-times.js';
import { LiveReplicas } from '../../../src/application/live/live-replicas.js';
import type { ReplicaReport } from '../../../src/application/ports/replica-reports.js';
import { aReport, partitions } from '../../support/a-report.js';

const NO_LAG = new Map<number, number>();

/** Replicas whose reports come when the test says so; those of `reporting` every second. */
class Watch {
  readonly replicas = new LiveReplicas();
  now = 100_000;
  readonly reporting = new Map<string, ReplicaReport>();

  report(replica: string, given: Partial<ReplicaReport> = {}): void {
    const report = aReport({ replica, at: this.now, ...this.reporting.get(replica), ...given });
    this.reporting.set(replica, report);
    this.replicas.received({ ...report, at: this.now }, this.now);
  }

  silence(replica: string): void {
    this.reporting.delete(replica);
  }

  pass(seconds: number): void {
    for (let second = 0; second < seconds; second++) {
      this.now += 1_000;
      for (const [replica] of this.reporting) this.report(replica);
      this.replicas.tick(this.now);
    }
  }

  get views() {
    return this.replicas.views(this.now, NO_LAG);
  }

  get moves() {
    return this.replicas.moves.map(({ partition, from, to, why }) => `${partition} ${from}>${to} ${why}`);
  }
}

describe('a replica in the picture', () => {
  it('is as it says, with its partitions and their lag', () => {
    const { replicas, now } = new Watch();
    const partition = { partition: 3, pending: 7, inFlight: 2, paused: 'pending-records' };
    replicas.received(aReport({ state: 'paused', partitions: [partition], circuitBreaker: 'no route' }), now);
    expect(replicas.views(now, new Map([[3, 40]]))).toEqual([
      {
        id: 'replica-1',
        state: 'paused',
        seenAt: now,
        partitions: [{ ...partition, lag: 40 }],
        inFlight: 2,
        completedPerSecond: 0,
        circuitBreaker: 'no route',
        recent: [],
      },
    ]);
  });

  it('is gone when it has said nothing for more than 3 s, and back with its next report', () => {
    const watch = new Watch();
    watch.report('a', { partitions: partitions(0) });
    watch.silence('a');
    watch.pass(3);
    expect(watch.views[0]).toMatchObject({ state: 'working', partitions: [{ partition: 0 }] });
    watch.pass(1);
    expect(watch.views[0]).toMatchObject({ state: 'gone', partitions: [] });
    watch.report('a', { partitions: partitions(0) });
    expect(watch.views[0]).toMatchObject({ state: 'working', partitions: [{ partition: 0 }] });
  });

  it('stays stopped when it has said so, and is forgotten five minutes later', () => {
    const watch = new Watch();
    watch.report('a', { state: 'stopped' });
    watch.silence('a');
    watch.pass(300);
    expect(watch.views.map(({ state }) => state)).toEqual(['stopped']);
    watch.pass(1);
    expect(watch.views).toEqual([]);
  });

  it('completes so many orders a second, of the last five', () => {
    const watch = new Watch();
    for (let second = 0; second < 20; second++) {
      const completed = second < 10 ? second * 7 : 70 + (second - 10) * 100;
      watch.report('a', { totals: { completed, retried: 0, deadLettered: 0 } });
      watch.now += 1_000;
    }
    expect(watch.views[0]?.completedPerSecond).toBe(100);
  });

  it('stands in the order of the numbers in names', () => {
    const watch = new Watch();
    for (const name of ['r-10', 'r-2', 'r-1']) watch.report(name);
    expect(watch.views.map(({ id }) => id)).toEqual(['r-1', 'r-2', 'r-10']);
  });

  it('counts what it did since its report before, and after a restart all', () => {
    const watch = new Watch();
    const did = (completed: number, startedAt: number) => {
      const totals = { completed, retried: 1, deadLettered: 0 };
      watch.report('a', { startedAt, totals, completionTimes: [0, completed] });
      const { retried, completionTimes, ...progress } = watch.replicas.takeProgress();
      return [progress.completed, retried, completionTimes[1]];
    };
    expect(did(500, 1)).toEqual([0, 0, 0]);
    expect(did(530, 1)).toEqual([30, 0, 30]);
    expect(did(4, 2)).toEqual([4, 1, 4]);
    expect(did(2, 2)).toEqual([0, 0, 0]);
  });

  it('is one of a thousand at most, however many names somebody makes up', () => {
    const watch = new Watch();
    for (let n = 0; n < 5_000; n++) watch.replicas.received(aReport({ replica: `r-${n}` }), watch.now);
    expect(watch.views).toHaveLength(1_000);
  });
});

describe('a partition moves', () => {
  it('not at all as long as those report that had it at first', () => {
    const watch = new Watch();
    watch.report('a', { partitions: partitions(0, 1) });
    watch.report('b', { partitions: partitions(2) });
    watch.pass(60);
    expect(watch.moves).toEqual([]);
  });

  it('to another replica when one has stopped', () => {
    const watch = new Watch();
    watch.report('a', { partitions: partitions(0) });
    watch.report('b', { partitions: partitions(1) });
    watch.pass(30);
    watch.report('b', { state: 'stopped', partitions: [] });
    watch.silence('b');
    watch.report('a', { partitions: partitions(0, 1) });
    expect(watch.moves).toEqual(['1 b>a stopped']);
  });

  it('to another replica when one is gone', () => {
    const watch = new Watch();
    watch.report('a', { partitions: partitions(0) });
    watch.report('b', { partitions: partitions(1) });
    watch.pass(30);
    watch.silence('b');
    watch.pass(4);
    watch.report('a', { partitions: partitions(0, 1) });
    expect(watch.moves).toEqual(['1 b>a gone']);
  });

  it('to a replica that has joined, though the one before knows it last', () => {
    const watch = new Watch();
    watch.report('a', { partitions: partitions(0, 1) });
    watch.pass(30);
    watch.report('b', { partitions: partitions(1) });
    watch.report('a');
    expect(watch.moves).toEqual([]);
    watch.report('a', { partitions: partitions(0) });
    expect(watch.moves).toEqual(['1 a>b joined']);
  });

  it('between replicas that were there all the time by a rebalance', () => {
    const watch = new Watch();
    watch.report('a', { partitions: partitions(0) });
    watch.report('b', { partitions: partitions(1) });
    watch.pass(30);
    watch.report('a', { partitions: [] });
    watch.report('b', { partitions: [] });
    watch.report('a', { partitions: partitions(1) });
    watch.report('b', { partitions: partitions(0) });
    expect(watch.moves).toEqual(['0 a>b rebalanced', '1 b>a rebalanced']);
  });

  it('to nobody when nobody has it for five seconds, and from nobody then', () => {
    const watch = new Watch();
    watch.report('a', { partitions: partitions(0) });
    watch.pass(30);
    watch.silence('a');
    watch.pass(20);
    expect(watch.moves).toEqual(['0 a>undefined gone']);
    watch.report('b', { partitions: partitions(0) });
    expect(watch.moves).toEqual(['0 undefined>b joined', '0 a>undefined gone']);
  });
});

describe('the time to complete', () => {
  it('has the percentile’s order within a fifth', () => {
    const counts = new Array<number>(113).fill(0);
    for (let ms = 1; ms <= 1_000; ms++) counts[bucketAt(ms)] = (counts[bucketAt(ms)] ?? 0) + 1;
    for (const [share, ms] of [
      [0.5, 500],
      [0.99, 990],
    ] as const) {
      expect(percentile(counts, share)).toBeGreaterThanOrEqual(ms);
      expect(percentile(counts, share)).toBeLessThanOrEqual(ms * 1.2);
    }
  });

  it('is nothing without orders, and counts whatever a clock says', () => {
    expect(percentile([], 0.5)).toBeNull();
    expect([-5, 0, NaN, 1, Infinity].map(bucketAt)).toEqual([0, 0, 0, 0, 112]);
  });
});
