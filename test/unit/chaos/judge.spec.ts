import { describe, expect, it } from '@jest/globals';
import type { ChaosHistory, ReadinessSample } from '../../chaos/chaos-history.js';
import { judge } from '../../chaos/judge.js';

const quiet: ChaosHistory = {
  requests: [],
  log: [],
  letters: [],
  effects: [],
  commits: [],
  final: [],
  handled: [],
  graceful: false,
  lastFaultAt: 100_000,
  drainedAt: 101_000,
  drainWithinMs: 60_000,
  options: { seed: 1, minutes: 2, brokers: 1, rate: 60, faults: [] },
  versions: '',
  startedAt: 0,
  faultsEndedAt: 100_000,
  faults: [],
  absences: [],
  answers: [],
  readiness: [],
  usage: [],
  redelivered: 0,
  misnamed: [],
  errors: {},
  events: [],
};

const textsOf = (changes: Partial<ChaosHistory>) =>
  judge({ ...quiet, ...changes }).map(({ rule, text }) => `${rule}: ${text}`);
const api = (at: number, ready?: boolean): ReadinessSample => ({
  askedAt: at,
  at,
  process: 'api',
  role: 'api',
  ...(ready !== undefined && { ready }),
});
const consumer = (at: number, ready: boolean): ReadinessSample => ({
  askedAt: at,
  at,
  process: 'consumer-1',
  role: 'consumer',
  ready,
});

describe('the judge of a chaos run', () => {
  it('finds nothing in a quiet one', () => {
    expect(textsOf({})).toEqual([]);
  });

  it('judges by the chaos rules', () => {
    expect(textsOf({ final: [{ partition: 0, committed: 3, end: 4 }] })).toEqual([
      'offsets: partition 0 has a lag of 1',
    ]);
  });

  it.each([
    ['broker', api(16_000, true), ['live: api was ready while the broker was away']],
    ['broker', consumer(16_000, true), ['live: consumer-1 was ready while the broker was away']],
    ['store', consumer(16_000, true), ['live: consumer-1 was ready while the store was away']],
    ['store', api(16_000, true), []],
    ['broker', api(14_000, true), []],
    ['broker', api(16_000, false), []],
    ['broker', api(16_000), []],
    ['broker', api(20_001, true), []],
    ['broker', { ...api(20_001, true), askedAt: 19_000 }, []],
  ] as const)('wants no readiness without what is needed: %s, %j', (dependency, sample, texts) => {
    expect(textsOf({ absences: [{ dependency, from: 10_000, to: 20_000 }], readiness: [sample] })).toEqual(
      texts,
    );
  });

  it.each([
    [
      'soon after the last fault',
      110_001,
      ['live: api was not ready, 10 s after the last fault (no answer)'],
    ],
    ['not at once', 109_000, []],
  ])('wants readiness %s', (_when, at, texts) => {
    const faults = [{ kind: 'kill-api', track: 'replicas', from: 99_000, to: 100_000 }];

    expect(textsOf({ faults, readiness: [api(at, false)] })).toEqual(texts);
    expect(textsOf({ faults, readiness: [api(at)] })).toEqual(texts);
    expect(textsOf({ faults, readiness: [api(at, true)] })).toEqual([]);
  });

  it('wants the order’s id as the key of what is asked of fulfilment', () => {
    expect(textsOf({ misnamed: ['a under b'] })).toEqual(['no phantom: fulfilment was asked for a under b']);
  });

  it('wants that stops and starts in good order make nothing come again, and refuse nothing', () => {
    const disturbed = { redelivered: 2, answers: [{ sentAt: 0, answer: 'refused' as const, status: 503 }] };
    const graceful = { ...quiet.options, faults: ['rolling-restart', 'scale'] };
    const others = { ...quiet.options, faults: ['rolling-restart', 'kill-replica'] };

    expect(textsOf({ ...disturbed, options: graceful })).toEqual([
      'drain: 2 came again',
      'drain: 1 requests were not answered with 202',
    ]);
    expect(textsOf({ ...disturbed, options: others })).toEqual([]);
  });
});
