import { describe, expect, it } from '@jest/globals';
import type { Outage, ChaosHistory, ReadinessSample } from '../chaos-history.js';
import { judge } from '../judge.js';
import { aHistory } from './a-history.js';

const DEAD_LETTERED = 'poison isolated: the healthy order at 3@0 is dead-lettered';
const tea = { orderId: 'a', content: 'tea' };
/** It came in the middle of an outage. */
const oneOrder = {
  requests: [{ ...tea, answer: 'success' as const }],
  log: [{ partition: 3, offset: 0, at: 21_000, order: tea, poison: false, refused: false }],
  effects: [
    {
      ...{ ...tea, status: 'processed' as const, at: 29_000 },
      ...{ replica: 'consumer-1', partition: 3, offset: 0, attempt: 1 },
    },
  ] as const,
};

/** Dead letters are all listed, where nothing else is said. */
const textsOf = (changes: Partial<ChaosHistory>) =>
  judge(aHistory({ listed: changes.letters?.length ?? 0, ...changes })).map(
    ({ rule, text }) => `${rule}: ${text}`,
  );
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
const away = (fromS: number, backS: number): Outage => ({
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

    expect(textsOf({ outages: [absence], readiness: [sample] })).toEqual(texts);
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
    ['for less but for outages', 66_500, [away(30, 42), away(50, 55), away(51, 54), away(101, 109)], []],
    [
      'for more, outages apart',
      67_500,
      [away(30, 42), away(50, 53), away(49, 52)],
      ['live: partition 3 stood still for 88 s, from 20 s on'],
    ],
  ])('wants that no partition stands still while records wait: %s', (_how, waitMs, outages, texts) => {
    const effect = { orderId: 'a', content: 'tea', status: 'processed' as const, partition: 3 };
    const rest = { replica: 'consumer-1', attempt: 1 };
    const cameAt = 40_000;
    const history: Partial<ChaosHistory> = {
      outages,
      requests: [{ orderId: 'a', content: 'tea', answer: 'success' }],
      log: [0, cameAt].map((at, offset) => ({
        ...{ partition: 3, offset, at, poison: false },
        order: { orderId: 'a', content: 'tea' },
      })),
      effects: [{ ...effect, ...rest, offset: 0, at: 20_000 }],
      letters: [{ partition: 3, offset: 1, at: cameAt + waitMs, reason: 'exhausted', attempts: 5 }],
    };

    expect(textsOf(history).filter((text) => text.startsWith('live'))).toEqual(texts);
  });

  it.each([
    ['an outage in which each order fails', 'fulfilment-500', 29_000, []],
    ['a fulfilment that hangs', 'fulfilment-hangs', 29_000, []],
    ['one that is over for long', 'fulfilment-500', 59_000, [DEAD_LETTERED]],
    ['one that nothing came in', 'fulfilment-500', 9_000, [DEAD_LETTERED]],
    ['a fulfilment that can not be reached', 'fulfilment-refuses', 29_000, [DEAD_LETTERED]],
    ['a fulfilment that responds with 401', 'fulfilment-401', 29_000, [DEAD_LETTERED]],
    ['a fulfilment that responds with 503', 'fulfilment-503', 29_000, [DEAD_LETTERED]],
    ['another fault', 'kill-replica', 29_000, [DEAD_LETTERED]],
  ])('excuses a dead letter by nothing but an outage that counts attempts: %s', (_what, kind, at, texts) => {
    const faults = [{ kind, track: 'store and fulfilment', from: 20_000, to: 28_000 }];
    const letters = [{ partition: 3, offset: 0, at, reason: 'exhausted', attempts: 5 }];

    expect(textsOf({ ...oneOrder, effects: [], letters, faults })).toEqual(texts);
  });

  it.each([
    ['repaired before', true, []],
    ['redriven as it was', false, ['poison isolated: the poison at 3@9 is not dead-lettered']],
  ])('takes no poison for healthy but what was %s', (_what, isRepaired, texts) => {
    const order = { orderId: 'a', content: 'fail-until-repaired' };
    const request = { ...order, answer: 'success' as const };
    const record = { partition: 3, order, poison: true };
    const [first] = oneOrder.effects;
    const history: Partial<ChaosHistory> = {
      requests: [request, request],
      log: [
        { ...record, offset: 0, at: 21_000 },
        { ...record, offset: 9, at: 41_000, redriveCount: 1 },
      ],
      letters: [{ partition: 3, offset: 0, at: 22_000, reason: 'exhausted', attempts: 5 }],
      effects: [{ ...first, content: order.content, at: 42_000 }],
      operations: [
        {
          ...{ at: 40_000, action: 'redrive', answer: 'success', orderId: 'a', redriveCount: 0 },
          ...{ isRepaired, resolved: 1, atMost: 1 },
        },
      ],
      listed: 0,
    };

    expect(textsOf(history)).toEqual(texts);
  });

  it('wants that nothing is rejected but what fulfilment refuses for good, whatever it responds in an outage', () => {
    const faults = [{ kind: 'fulfilment-401', track: 'quiet', from: 20_000, to: 28_000 }];
    const effects = oneOrder.effects.map((effect) => ({ ...effect, status: 'rejected' as const }));

    expect(textsOf({ ...oneOrder, faults })).toEqual([]);
    expect(textsOf({ ...oneOrder, faults, effects })).toEqual([
      'rejected: order a (tea) is rejected, which fulfilment did not reject',
    ]);
  });

  it.each([
    ['soon', 'quiet', 37_000, []],
    ['late', 'quiet', 39_000, ['live: the order at 3@0 was processed 11 s after fulfilment-503']],
    ['late, with other faults beside', 'store and fulfilment', 39_000, []],
  ])('wants orders processed soon after a quiet outage: %s', (_when, track, at, texts) => {
    const faults = [{ kind: 'fulfilment-503', track, from: 20_000, to: 28_000 }];
    const effects = oneOrder.effects.map((effect) => ({ ...effect, at }));

    expect(textsOf({ ...oneOrder, faults, effects })).toEqual(texts);
  });

  it('leaves out the time of the next outage when it says what is late', () => {
    const [kind, track] = ['fulfilment-503', 'quiet'];
    const faults = [
      { kind, track, from: 20_000, to: 28_000 },
      { kind, track, from: 30_000, to: 38_000 },
    ];
    const effects = oneOrder.effects.map((effect) => ({ ...effect, at: 45_000 }));

    expect(textsOf({ ...oneOrder, faults, effects })).toEqual([]);
  });

  it('wants the order’s id as the key of what is asked of fulfilment', () => {
    expect(textsOf({ misnamed: ['a under b'] })).toEqual(['no phantom: fulfilment was asked for a under b']);
  });

  it('wants that what a process counted is what it logged', () => {
    const life = { process: 'consumer-1', pid: 7, askedAt: 110_000, loggedBefore: {}, logged: {} };

    expect(textsOf({ counted: [{ ...life, counts: {} }] })).toEqual([]);
    expect(textsOf({ counted: [{ ...life, counts: { redriven: 1 } }] })).toContain(
      'counters: redriven, by the log of consumer-1, process 7: 1 counted, 0 found',
    );
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
