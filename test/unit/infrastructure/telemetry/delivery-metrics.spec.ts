import type { DeliveryObserver, PartitionState, ReceivedRecord } from '@order-service/delivery';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { FulfilmentFailed } from '../../../../src/application/ports/fulfilment.js';
import {
  watchGroupLag,
  watchOwnLag,
  watchReplicas,
} from '../../../../src/infrastructure/telemetry/delivery-gauges.js';
import { DeliveryMetrics } from '../../../../src/infrastructure/telemetry/delivery-metrics.js';
import { Instruments } from '../../../../src/infrastructure/telemetry/instruments.js';
import { MessagingMetrics } from '../../../../src/infrastructure/telemetry/messaging-metrics.js';
import { OrderMetrics } from '../../../../src/infrastructure/telemetry/order-metrics.js';

const RECORD: ReceivedRecord = {
  topic: 'orders',
  partition: 3,
  offset: 7n,
  timestamp: Date.now() - 90_000,
  key: null,
  value: null,
  headers: {},
};

let instruments: Instruments;
beforeEach(() => {
  instruments = new Instruments();
});

/** The series of an instrument: the values of their attributes, and their value or count. */
async function series(name: string): Promise<(readonly [string, number])[]> {
  const instrument = instruments.all.find((each) => each.name === name);
  if (instrument === undefined) throw new Error(`there is no ${name}`);
  const read =
    instrument.kind === 'histogram'
      ? instrument.series.map(({ attributes, counts }) => {
          return { attributes, value: counts.reduce((sum, each) => sum + each, 0) };
        })
      : await instrument.read();
  return [...read].map(({ attributes, value }) => [Object.values(attributes).join(' '), value] as const);
}
const moved = async (name: string) => (await series(name)).filter(([, value]) => value > 0);

describe('what a replica tells', () => {
  let tell: DeliveryObserver;
  beforeEach(() => {
    const messaging = new MessagingMetrics(instruments, 'kafka');
    const destination = { topic: 'orders', groupId: 'group' };
    const metrics = new DeliveryMetrics(instruments, messaging, new OrderMetrics(instruments), destination);
    tell = metrics.observer('replica-1');
  });

  it('is what it read, and how much of that again', async () => {
    tell({ kind: 'records-received', partition: 3, count: 5, redelivered: 2 });
    const consumed = [['kafka poll orders group 3', 5]];
    expect(await series('messaging.client.consumed.messages')).toEqual(consumed);
    expect(await series('delivery.redeliveries')).toEqual([['replica-1', 2]]);
  });

  it('is each attempt, by the type of its error', async () => {
    tell({ kind: 'attempt-finished', record: RECORD, durationMs: 20 });
    tell({ kind: 'attempt-finished', record: RECORD, durationMs: 20, error: new FulfilmentFailed('500') });
    expect(await series('messaging.process.duration')).toEqual([
      ['kafka process orders group', 1],
      ['kafka process orders group fulfilment_failed', 1],
    ]);
  });

  it('is a retry, by its reason', async () => {
    tell({ kind: 'retried', record: RECORD, attempt: 1, durationMs: 5, error: new FulfilmentFailed('500') });
    tell({ kind: 'retried', record: RECORD, attempt: 1, durationMs: 5, error: new TypeError('a bug') });
    expect(await moved('orders.retries')).toEqual([
      ['fulfilment_failed', 1],
      ['_OTHER', 1],
    ]);
  });

  it('is a dead letter, which completes its order, after the time since it was sent', async () => {
    tell({
      kind: 'dead-lettered',
      record: RECORD,
      reason: 'exhausted',
      attempt: 3,
      durationMs: 5,
      error: 'x',
    });
    expect(await moved('orders.dead_lettered')).toEqual([['exhausted', 1]]);
    expect(await moved('orders.completed')).toEqual([['dead_lettered', 1]]);
    const seconds = instruments.all.find(({ name }) => name === 'orders.time_to_complete');
    const sums = seconds?.kind === 'histogram' ? seconds.series.map(({ sum }) => sum) : [];
    expect(Math.max(...sums)).toBeGreaterThanOrEqual(90);
  });

  it('is each commit, and whether it failed', async () => {
    tell({ kind: 'commit-finished', durationMs: 3 });
    expect(await moved('delivery.commit_failures')).toEqual([]);
    tell({ kind: 'commit-finished', durationMs: 3, error: new Error('no coordinator') });
    expect(await moved('delivery.commit_failures')).toEqual([['replica-1', 1]]);
    expect(await moved('messaging.client.operation.duration')).toEqual([
      ['kafka commit orders group', 1],
      ['kafka commit orders group _OTHER', 1],
    ]);
  });

  it('is each rebalance', async () => {
    tell({ kind: 'rebalanced', durationMs: 300 });
    expect(await moved('delivery.rebalances')).toEqual([['replica-1', 1]]);
    expect(await moved('delivery.rebalance.duration')).toEqual([['replica-1', 1]]);
  });
});

describe('the gauges of a replica', () => {
  const state: PartitionState = {
    partition: 3,
    pending: 5,
    inFlight: 2,
    paused: undefined,
    oldestAt: undefined,
  };
  const replica = (states: readonly PartitionState[], isCircuitBreakerOpen = false) => {
    return { replica: 'replica-1', isCircuitBreakerOpen, partitionStates: () => states };
  };

  it('are what it has at the moment, and nothing of a partition that moved elsewhere', async () => {
    let states: PartitionState[] = [state, { ...state, partition: 4, paused: 'pending-bytes' }];
    watchReplicas(instruments, () => [{ ...replica([]), partitionStates: () => states }]);
    expect(await series('delivery.partitions_assigned')).toEqual([['replica-1', 2]]);
    expect(await series('delivery.records_pending')).toEqual([
      ['replica-1 3', 5],
      ['replica-1 4', 5],
    ]);
    expect(await moved('delivery.records_in_flight')).toHaveLength(2);
    expect(await moved('delivery.partition_paused')).toEqual([['replica-1 4 pending_bytes', 1]]);
    expect(await series('delivery.partition_paused')).toHaveLength(10);

    states = [];
    expect(await series('delivery.records_pending')).toEqual([]);
    expect(await series('delivery.partitions_assigned')).toEqual([['replica-1', 0]]);
  });

  it('say whether its circuit breaker is open', async () => {
    watchReplicas(instruments, () => [replica([], true), { ...replica([]), replica: 'replica-2' }]);
    expect(await series('delivery.circuit_breaker_open')).toEqual([
      ['replica-1', 1],
      ['replica-2', 0],
    ]);
  });

  it('have the age of the oldest record; 0 without one, and by a clock that is behind', async () => {
    const now = Date.now();
    const states = [now - 5_000, undefined, now + 60_000].map((oldestAt, partition) => ({
      ...state,
      partition,
      oldestAt,
    }));
    watchOwnLag(instruments, () => [replica(states)]);
    const [oldest, ...others] = await series('delivery.consumer_lag');
    expect(oldest?.[1]).toBeGreaterThanOrEqual(5);
    expect(others).toEqual([
      ['1', 0],
      ['2', 0],
    ]);
  });
});

it('the lag of the group is asked for once, however many want it at a time', async () => {
  let asked = 0;
  const lag = () => {
    asked++;
    return Promise.resolve([{ partition: 0, records: 4, pending: 1, end: 4n, oldestAt: Date.now() - 2_000 }]);
  };
  watchGroupLag(instruments, { lag }, 'group');
  const [records, seconds] = await Promise.all([
    series('delivery.consumer_lag_records'),
    series('delivery.consumer_lag'),
  ]);
  expect([records, seconds[0]?.[0], asked]).toEqual([[['0', 4]], '0', 1]);
  await series('delivery.consumer_lag_records');
  expect(asked).toBe(2);
});
