import { describe, expect, it } from '@jest/globals';
import type { Absence, ChaosHistory, ReadinessSample } from '../../chaos/chaos-history.js';
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
  fulfilledAgain: 0,
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
const away = (fromS: number, backS: number): Absence => ({
  dependency: 'broker',
  from: fromS * 1_000,
  to: fromS * 1_000,
  backAt: backS * 1_000,
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
    const absence = { dependency, from: 10_000, to: 20_000, backAt: 25_000 };

    expect(textsOf({ absences: [absence], readiness: [sample] })).toEqual(texts);
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

  it.each([
    ['for more than a minute', 61_500, [], ['live: partition 3 stood still for 82 s, from 20 s on']],
    ['for less', 59_500, [], []],
    ['for less but for absences', 66_500, [away(30, 42), away(50, 55), away(51, 54), away(101, 109)], []],
    [
      'for more, absences apart',
      67_500,
      [away(30, 42), away(50, 53), away(49, 52)],
      ['live: partition 3 stood still for 88 s, from 20 s on'],
    ],
  ])('wants that no partition stands still while records wait: %s', (_how, waitMs, absences, texts) => {
    const effect = { orderId: 'a', content: 'tea', status: 'processed' as const, partition: 3 };
    const rest = { replica: 'consumer-1', attempt: 1 };
    const cameAt = 40_000;
    const history: Partial<ChaosHistory> = {
      absences,
      requests: [{ orderId: 'a', content: 'tea', answer: 'success' }],
      log: [0, cameAt].map((at, offset) => ({
        ...{ partition: 3, offset, at, poison: false },
        order: { orderId: 'a', content: 'tea' },
      })),
      effects: [{ ...effect, ...rest, offset: 0, at: 20_000 }],
      letters: [{ partition: 3, offset: 1, at: cameAt + waitMs, reason: 'exhausted' }],
    };

    expect(textsOf(history).filter((text) => text.startsWith('live'))).toEqual(texts);
  });

  it('wants the order’s id as the key of what is asked of fulfilment', () => {
    expect(textsOf({ misnamed: ['a under b'] })).toEqual(['no phantom: fulfilment was asked for a under b']);
  });

  it('wants that stops and starts in good order make nothing come again, and refuse nothing', () => {
    const disturbed: Partial<ChaosHistory> = {
      handled: [{ partition: 1, offset: 7, times: 2 }],
      answers: [{ sentAt: 0, answer: 'refused', status: 503 }],
    };

    expect(textsOf({ ...disturbed, graceful: true })).toEqual([
      'drain: 1@7 was handled 2 times',
      'drain: 1 requests were not answered with 202',
    ]);
    expect(textsOf({ ...disturbed, graceful: false })).toEqual([]);
  });
});
