import { describe, expect, it } from '@jest/globals';
import type { CountedLife } from '../chaos-history.js';
import type { Counts, LoggedCounts } from '../counts.js';
import { api, consumer, counting, found, logging, record, textsOf } from './a-counted-history.js';

const confirmed = (count: number) =>
  Array.from({ length: count }, () => ({ sentAt: 10_000, answer: 'success' as const }));
const handledOf = (count: number) => ({
  handled: Array.from({ length: count }, (_, offset) => ({ partition: 0, offset, times: 1 })),
});
/** All records beyond the first six are of orders that were processed already. */
const consumerOf = (records: number) => logging(consumer, { alreadyProcessed: 1 + records - 6 });
/** It was killed after it had logged so much, and was asked for the last time when it had logged nothing. */
const killed = (life: CountedLife, endedAt: number, logged: LoggedCounts): CountedLife => ({
  ...{ process: life.process, pid: 9, askedAt: endedAt - 500, endedAt, hasStopped: false },
  ...{ counts: {}, loggedBefore: {}, logged },
});

describe('what a process counted that ended', () => {
  const more = { log: [...(found.log ?? []), record(6, 'd', 'tea'), record(7, 'e', 'tea')] };
  const successor = { ...api, counts: { ...api.counts, accepted: 5 } };
  const killedApi = (endedAt: number, counts: Counts = {}) => counting(killed(api, endedAt, {}), counts);

  it('is missing as far as the topic has it since it was asked', () => {
    expect(textsOf([killedApi(16_200), successor, consumerOf(8)], { ...more, ...handledOf(8) })).toEqual([]);
    expect(textsOf([killedApi(15_900), successor, consumerOf(8)], { ...more, ...handledOf(8) })).toEqual([
      'counters: accepted, by the topic: 5 counted, 6 found',
    ]);
  });

  it('is missing as far as it was being published when it was asked', () => {
    const lives = [killedApi(15_900, { queued: 1 }), successor, consumerOf(8)];

    expect(textsOf(lives, { ...more, ...handledOf(8) })).toEqual([]);
  });

  it('is missing as far as nobody knows whether it was published', () => {
    const lives = [counting(successor, { unknownOutcomes: 1 }), consumerOf(8)];

    expect(textsOf(lives, { ...more, ...handledOf(8) })).toEqual([]);
    expect(textsOf(lives, { ...more, ...handledOf(8), answers: confirmed(5) })).toEqual([
      'counters: accepted, by the topic: 5 counted, 6 found',
    ]);
  });

  it.each([
    ['processed', 1],
    ['rejected', 0],
    ['alreadyProcessed', 0],
  ] as const)('is missing as far as it logged it since it was asked: %s', (count, times) => {
    const rest = logging(consumer, { [count]: times });

    expect(textsOf([api, rest, killed(consumer, 14_000, { [count]: 1 })])).toEqual([]);
    expect(textsOf([api, rest, killed(consumer, 30_000, {})])).not.toEqual([]);
  });

  it('is dead-lettered and retried as far as it logged it since it was asked', () => {
    const rest = counting(logging(consumer, { deadLettered: 1, retries: 0 }), { exhausted: 0 });

    expect(textsOf([api, rest, killed(consumer, 14_000, { deadLettered: 1, retries: 4 })])).toEqual([]);
    expect(textsOf([api, rest, killed(consumer, 14_000, {})])).not.toEqual([]);
  });

  it('is no less than it had logged when it was asked, and no more than it logged in all', () => {
    const ended = { ...killed(consumer, 14_000, { processed: 3 }), loggedBefore: { processed: 1 } };
    const texts = (processed: number) =>
      textsOf([api, consumer, counting(ended, { processed })]).filter((text) => text.includes('process 9'));

    expect(texts(1)).toEqual([]);
    expect(texts(3)).toEqual([]);
    expect(texts(0)).toEqual([
      'counters: processed, by the log of consumer-1, process 9: 0 counted, at least 1 found',
    ]);
    expect(texts(4)).toEqual([
      'counters: processed, by the log of consumer-1, process 9: 4 counted, at most 3 found',
    ]);
  });
});

describe('what was stored without a response', () => {
  /** Order `c` counts as processed already, as another one does. */
  const lives = (...others: CountedLife[]) => [
    api,
    logging(consumer, { processed: 1, alreadyProcessed: 2 }),
    ...others,
  ];
  const missing = ['counters: processed by consumer-1, by the store: 1 counted, 2 found'];
  const fault = (kind: string, from: number, to: number) => ({
    faults: [{ kind, track: 'store and fulfilment', from, to }],
  });

  it.each([
    ['the store was restarted', fault('restart-store', 16_000, 19_000)],
    ['the store was restarted just before', fault('restart-store', 11_000, 12_501)],
    ['the replica was frozen', fault('freeze-replica', 18_499, 19_000)],
  ])('may be counted as processed already while %s', (_what, faults) => {
    expect(textsOf(lives(), faults)).toEqual([]);
  });

  it.each([
    ['nothing is wrong', {}],
    ['the store is back for long', fault('restart-store', 5_000, 7_000)],
    ['the store will be restarted much later', fault('restart-store', 18_501, 19_000)],
    ['fulfilment fails', fault('fulfilment-500', 10_000, 19_000)],
    ['replicas are stopped in good order', fault('rolling-restart', 10_000, 19_000)],
  ])('may not while %s', (_what, faults) => {
    expect(textsOf(lives(), faults)[0]).toMatch(missing[0]?.slice(0, 60) ?? '');
    expect(textsOf(lives(), faults)).toHaveLength(1);
  });

  it('may while the replica is killed, not while it or another one stops', () => {
    const own = killed(consumer, 16_000, {});

    expect(textsOf(lives(own))).toEqual([]);
    expect(textsOf(lives({ ...own, hasStopped: true }))).toHaveLength(1);
    expect(textsOf(lives({ ...own, process: 'consumer-2' }))).toHaveLength(1);
  });
});
