import { beforeEach, describe, expect, it } from '@jest/globals';
import { LivePicture } from '../../../src/application/live/live-picture.js';
import { LiveUpdates } from '../../../src/application/live/live-updates.js';
import type { LiveView } from '../../../src/application/live/live-view.js';
import type { PartitionLag } from '../../../src/application/ports/group-lag.js';
import type { ReplicaReport } from '../../../src/application/ports/replica-reports.js';
import { silentLogger } from '../../../packages/delivery/src/contract/silent-logger.js';
import { aReport, partitions } from '../../support/a-report.js';

const SERVICE = {
  role: 'api',
  messaging: 'kafka',
  store: 'postgres',
  topic: 'app.order.publish',
  group: 'app-consumer-group',
  actions: [],
  products: [],
  links: {},
};

let now: number;
let report: (given: Partial<ReplicaReport>) => void;
let lag: () => Promise<readonly PartitionLag[]>;
let deadLetters: number[];
let picture: LivePicture;

beforeEach(() => {
  now = 50_000;
  deadLetters = [0, 0, 0];
  lag = () => Promise.reject(new Error('no broker'));
  picture = new LivePicture(
    SERVICE,
    {
      reports: {
        follow: (listener) => {
          report = (given) => listener(aReport({ at: now, ...given }));
          return () => undefined;
        },
      },
      group: { lag: () => lag() },
      deadLetters: {
        list: ({ reason }) => {
          const matched = deadLetters[['invalid', 'exhausted', 'conflicting'].indexOf(reason ?? '')] ?? 0;
          return Promise.resolve({ matched, deadLetters: (async function* () {})() });
        },
      },
    },
    silentLogger,
    () => now,
  );
  picture.start();
});

describe('the picture', () => {
  it('has how far the group is behind, and how fast orders are accepted, as long as somebody asks', async () => {
    lag = () => Promise.resolve([{ partition: 0, records: 30, pending: 30, end: 1_000, oldestAt: 42_000 }]);
    await picture.refreshLag();
    now += 2_000;
    lag = () =>
      Promise.resolve([
        { partition: 0, records: 80, pending: 20, end: 1_100, oldestAt: 43_000 },
        { partition: 1, records: 5, pending: 5, end: 100, oldestAt: undefined },
      ]);
    await picture.refreshLag();
    expect(picture.view().totals).toMatchObject({
      acceptedPerSecond: 100,
      pending: 25,
      oldestPendingAt: 43_000,
    });
    expect(picture.addPoint()).toMatchObject({ accepted: 100, lag: [20, 5] });
    now += 6_000;
    expect(picture.view().totals).toMatchObject({
      brokerUnavailable: false,
      acceptedPerSecond: null,
      pending: null,
      oldestPendingAt: null,
    });
    expect(picture.addPoint()).toMatchObject({ accepted: null, lag: [] });
  });

  it('says when the brokers don’t say it, until they do', async () => {
    await picture.refreshLag();
    expect(picture.view().totals).toMatchObject({ brokerUnavailable: true, pending: null });
    lag = () => Promise.resolve([{ partition: 0, records: 3, pending: 3, end: 10, oldestAt: undefined }]);
    await picture.refreshLag();
    expect(picture.view().totals).toMatchObject({ brokerUnavailable: false, pending: 3 });
  });

  it('counts the dead letters by reason', async () => {
    deadLetters = [1, 2, 3];
    await picture.refreshDeadLetters();
    expect(picture.view().totals.deadLetters).toEqual([
      { reason: 'invalid', count: 1 },
      { reason: 'exhausted', count: 2 },
      { reason: 'conflicting', count: 3 },
    ]);
  });

  it('has a point of history with what was done since the one before, for a quarter of an hour', () => {
    report({});
    picture.addPoint();
    now += 2_000;
    const totals = { completed: 90, retried: 4, deadLettered: 10 };
    report({ totals, completionTimes: [0, 0, 90] });
    expect(picture.addPoint()).toEqual({
      at: now,
      accepted: null,
      completed: 50,
      p50Ms: 1,
      p99Ms: 1,
      retries: 4,
      deadLettered: 10,
      lag: [],
    });
    expect(picture.view().totals).toMatchObject({ retries: 4, p50Ms: 1 });
    for (let point = 0; point < 1_000; point++) {
      now += 2_000;
      picture.addPoint();
    }
    expect(picture.view().history.points).toHaveLength(450);
    expect(picture.view().totals.p50Ms).toBeNull();
  });
});

describe('updates', () => {
  let updates: LiveUpdates;
  const advance = () => {
    const event = updates.advance(picture.view());
    return event && (JSON.parse(event.data) as Record<string, unknown>);
  };
  beforeEach(() => {
    report({ replica: 'a', partitions: partitions(0) });
    report({ replica: 'b', partitions: partitions(1) });
    updates = new LiveUpdates('stream', picture.view());
  });

  it('are none as long as nothing changes but the time', () => {
    now += 500;
    report({ replica: 'a', partitions: partitions(0) });
    expect(advance()).toBeUndefined();
  });

  it('have the replicas that changed, and no other', () => {
    report({ replica: 'b', state: 'paused', partitions: partitions(1) });
    expect(advance()).toMatchObject({ replicas: [{ id: 'b', state: 'paused' }] });
    expect(advance()).toBeUndefined();
  });

  it('name the replicas that are shown no more, and the moves that are new', () => {
    now += 10_000;
    report({ replica: 'a', partitions: partitions(0) });
    expect(advance()).toMatchObject({
      replicas: [{ id: 'b', state: 'gone' }],
    });
    report({ replica: 'a', partitions: partitions(0, 1) });
    expect(advance()?.['moves']).toEqual([{ at: now, partition: 1, from: 'b', to: 'a', why: 'gone' }]);
    now += 300_000;
    report({ replica: 'a', partitions: partitions(0, 1) });
    expect(advance()).toMatchObject({ removed: ['b'] });
  });

  it('have each point of history once', () => {
    const point = picture.addPoint();
    expect(advance()?.['point']).toEqual(point);
    expect(advance()).toBeUndefined();
  });

  it('make, one after another, what a snapshot has', () => {
    const first = JSON.parse(updates.snapshot().data) as LiveView;
    report({ replica: 'c' });
    advance();
    const snapshot = JSON.parse(updates.snapshot().data) as LiveView;
    expect(first.replicas.map(({ id }) => id)).toEqual(['a', 'b']);
    expect(snapshot.replicas.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
  });

  it('go on after the one that somebody had last, unless that was long ago or of another process', () => {
    const ids = [updates.snapshot().id];
    for (let change = 0; change < 60; change++) {
      report({ replica: 'a', totals: { completed: 0, retried: 0, deadLettered: change }, at: now + change });
      report({ replica: `new-${change}` });
      ids.push(updates.advance(picture.view())?.id ?? 'none');
    }
    expect(new Set(ids).size).toBe(61);
    expect(updates.since(ids.at(-1) ?? '')).toEqual([]);
    expect(updates.since(ids.at(-3) ?? '')?.map(({ id }) => id)).toEqual(ids.slice(-2));
    expect(updates.since(ids[0] ?? '')).toBeUndefined();
    expect(updates.since('other-3')).toBeUndefined();
  });
});
