import { describe, expect, it } from '@jest/globals';
import { violationsOf } from './chaos-rules.js';
import type { History } from './history.js';

const tea = (orderId: string) => ({ orderId, content: '1 tea' });
const coffee = (orderId: string) => ({ orderId, content: '1 coffee' });

/**
 * Partition 0: two orders, bytes that are none, one more order.
 * Partition 1: an order, the same again, other content under its id, an order that always fails.
 */
const good: History = {
  requests: [
    ...[tea('a'), tea('b'), tea('c'), tea('d'), tea('d'), coffee('d'), tea('e')].map((order) => ({
      ...order,
      answer: 'success' as const,
    })),
    { ...tea('unheard'), answer: 'unknown' },
    { ...tea('refused'), answer: 'refused' },
  ],
  log: [
    { partition: 0, offset: 0, order: tea('a'), poison: false },
    { partition: 0, offset: 1, order: tea('b'), poison: false },
    { partition: 0, offset: 2, poison: true },
    { partition: 0, offset: 3, order: tea('c'), poison: false },
    { partition: 1, offset: 0, order: tea('d'), poison: false },
    { partition: 1, offset: 1, order: tea('d'), poison: false },
    { partition: 1, offset: 2, order: coffee('d'), poison: false },
    { partition: 1, offset: 3, order: tea('e'), poison: true },
  ],
  effects: [
    { at: 10, ...tea('a'), status: 'processed' },
    { at: 20, ...tea('d'), status: 'rejected' },
    { at: 30, ...tea('b'), status: 'processed' },
    { at: 40, ...tea('c'), status: 'processed' },
    { at: 71, ...tea('e'), status: 'parked' },
  ],
  letters: [
    { partition: 0, offset: 2, at: 15 },
    { partition: 1, offset: 2, at: 25 },
    { partition: 1, offset: 3, at: 70 },
    { partition: 1, offset: 3, at: 90 },
  ],
  commits: [
    { at: 20, partition: 0, position: 1 },
    { at: 25, partition: 1, position: 2 },
    { at: 45, partition: 0, position: 4 },
    { at: 50, partition: 1, position: 3 },
    { at: 80, partition: 1, position: 4 },
  ],
  final: [
    { partition: 0, committed: 4, end: 4 },
    { partition: 1, committed: 4, end: 4 },
  ],
  handled: [{ partition: 0, offset: 0, times: 1 }],
  graceful: false,
  lastFaultAt: 50,
  drainedAt: 80,
  drainWithinMs: 100,
};

const rulesBrokenBy = (changes: Partial<History>) =>
  violationsOf({ ...good, ...changes }).map(({ rule }) => rule);

describe('the chaos rules', () => {
  it('find nothing in a good history', () => {
    expect(violationsOf(good)).toEqual([]);
  });

  it('say what happened and where', () => {
    const commits = [...good.commits, { at: 81, partition: 1, position: 3 }];

    expect(violationsOf({ ...good, commits })).toEqual([
      { rule: 'offsets', text: 'partition 1 went back from 4 to 3' },
    ]);
  });

  it('let an order that may be given up be a letter', () => {
    const log: History['log'] = [
      ...good.log,
      { partition: 2, offset: 0, order: tea('unheard'), poison: false, mayBeGivenUp: true },
    ];
    const effects = withEffect({ at: 60, ...tea('unheard'), status: 'processed' });

    expect(rulesBrokenBy({ log, letters: withLetter(2, 0) })).toEqual([]);
    expect(rulesBrokenBy({ log, effects })).toEqual([]);
  });

  it('let a group begin anew when its offsets were deleted', () => {
    const deleted = { at: 81, partition: 0 };

    expect(
      rulesBrokenBy({ commits: [...good.commits, deleted, { at: 82, partition: 0, position: 1 }] }),
    ).toEqual([]);
  });

  it('let a commit bear the millisecond of the work that it follows', () => {
    const rulesBrokenWhenDone = (at: number) =>
      rulesBrokenBy({ effects: [...without('c'), { at, ...tea('c'), status: 'processed' }] });

    expect(rulesBrokenWhenDone(45.999)).toEqual([]);
    expect(rulesBrokenWhenDone(46)).toEqual(['offsets']);
  });

  it('promise no order between the partitions that an id lies in', () => {
    const requests = [...good.requests, { ...coffee('a'), answer: 'success' as const }];
    const log: History['log'] = [...good.log, { partition: 2, offset: 0, order: coffee('a'), poison: false }];
    const [teaWins, coffeeWins] = [withLetter(2, 0), withLetter(0, 0)];
    const effects = [...without('a'), { at: 12, ...coffee('a'), status: 'processed' as const }];

    expect(rulesBrokenBy({ requests, log, letters: teaWins })).toEqual([]);
    expect(rulesBrokenBy({ requests, log, letters: coffeeWins, effects, commits: [] })).toEqual([]);
    expect(rulesBrokenBy({ requests, log, letters: coffeeWins })).toEqual(['order', 'order']);
  });

  it('take for rejected what fulfilment refuses, and not what nobody says anything of', () => {
    const log = good.log.map((record) => ({ ...record, refused: record.order?.orderId === 'd' }));

    expect(rulesBrokenBy({ log })).toEqual([]);
  });

  it('take an order of unknown outcome that was processed', () => {
    const log: History['log'] = [
      ...good.log,
      { partition: 2, offset: 0, order: tea('unheard'), poison: false },
    ];
    const effects = [...good.effects, { at: 60, ...tea('unheard'), status: 'processed' as const }];

    expect(rulesBrokenBy({ log, effects })).toEqual([]);
  });
});

const without = (orderId: string) => good.effects.filter((effect) => effect.orderId !== orderId);
const withEffect = (effect: History['effects'][number]) => [...good.effects, effect];
const withLetter = (partition: number, offset: number) => [...good.letters, { partition, offset, at: 60 }];
const withCommit = (at: number, partition: number, position: number) =>
  [...good.commits, { at, partition, position }].sort((a, b) => a.at - b.at);
const withoutLetter = (partition: number, offset: number) =>
  good.letters.filter((each) => each.partition !== partition || each.offset !== offset);

describe('a bad history breaks exactly one rule:', () => {
  it.each<[string, string, Partial<History>]>([
    ['an effect is dropped', 'no loss', { effects: without('a'), commits: [] }],
    [
      'an order is only parked',
      'no loss',
      { effects: [...without('a'), { at: 10, ...tea('a'), status: 'parked' }], commits: [] },
    ],
    [
      'an order is not where its answer says',
      'no loss',
      {
        requests: good.requests.map((request) =>
          request.orderId === 'c' ? { ...request, place: { partition: 0, offset: 9 } } : request,
        ),
      },
    ],
    ['an effect is doubled', 'once', { effects: withEffect({ at: 60, ...tea('a'), status: 'processed' }) }],
    ['it is rejected after it', 'once', { effects: withEffect({ at: 60, ...tea('a'), status: 'rejected' }) }],
    ['it is parked after it', 'once', { effects: withEffect({ at: 60, ...tea('a'), status: 'parked' }) }],
    [
      'an effect of what nobody sent',
      'no phantom',
      { effects: withEffect({ at: 60, ...tea('x'), status: 'processed' }) },
    ],
    [
      'an effect of what is not in the log',
      'no phantom',
      { effects: withEffect({ at: 60, ...tea('unheard'), status: 'processed' }) },
    ],
    [
      'an effect of what was refused',
      'no phantom',
      {
        log: [...good.log, { partition: 2, offset: 0, order: tea('refused'), poison: false }],
        effects: withEffect({ at: 60, ...tea('refused'), status: 'processed' }),
      },
    ],
    [
      'an order is in the log twice, and was sent once',
      'no phantom',
      { log: [...good.log, { partition: 2, offset: 0, order: tea('a'), poison: false }] },
    ],
    ['a letter from nowhere', 'no phantom', { letters: withLetter(0, 9) }],
    ['poison is not a letter', 'poison isolated', { letters: withoutLetter(0, 2), commits: [] }],
    ['a healthy order is dead-lettered', 'poison isolated', { letters: withLetter(0, 3) }],
    [
      'an order is rejected that nobody refused',
      'rejected',
      {
        log: good.log.map((record) => ({ ...record, refused: record.order?.orderId === 'd' })),
        effects: good.effects.map((effect) =>
          effect.orderId === 'a' ? { ...effect, status: 'rejected' } : effect,
        ),
      },
    ],
    [
      'an order is processed that fulfilment refuses',
      'rejected',
      {
        log: good.log.map((record) => ({
          ...record,
          refused: ['d', 'b'].includes(record.order?.orderId ?? ''),
        })),
      },
    ],
    ['a commit past a gap', 'offsets', { commits: withCommit(21, 0, 2) }],
    ['a commit past poison that is not dead-lettered yet', 'offsets', { commits: withCommit(24, 1, 3) }],
    ['a commit that goes back', 'offsets', { commits: withCommit(81, 0, 3) }],
    ['lag is left', 'offsets', { final: [{ partition: 0, committed: 3, end: 4 }] }],
    [
      'the second under an id takes effect',
      'order',
      {
        effects: [...without('d'), { at: 20, ...coffee('d'), status: 'processed' }],
        letters: [
          ...withoutLetter(1, 2),
          { partition: 1, offset: 0, at: 12 },
          { partition: 1, offset: 1, at: 13 },
        ],
      },
    ],
    ['the conflicting one is not a letter', 'order', { letters: withoutLetter(1, 2), commits: [] }],
    ['the first under an id is dead-lettered too', 'order', { letters: withLetter(1, 0) }],
    ['it drains too late', 'live', { drainedAt: 151 }],
    [
      'a stop makes a record come twice',
      'drain',
      { graceful: true, handled: [{ partition: 0, offset: 0, times: 2 }] },
    ],
  ])('%s', (_what, rule, changes) => {
    expect(new Set(rulesBrokenBy(changes))).toEqual(new Set([rule]));
  });

  it('it never drains', () => {
    const { drainedAt: _never, ...undrained } = good;

    expect(violationsOf(undrained).map(({ rule }) => rule)).toEqual(['live']);
  });
});
