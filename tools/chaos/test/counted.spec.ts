import { describe, expect, it } from '@jest/globals';
import { findMiscounted } from '../counted.js';
import {
  api,
  consumer,
  counting,
  effect,
  found,
  logging,
  ofApi,
  ofConsumer,
  textsOf,
} from './a-counted-history.js';
import { aHistory } from './a-history.js';

describe('what the service counted', () => {
  it('is what is found', () => {
    expect(textsOf([api, consumer])).toEqual([]);
  });

  it('is not judged in a history of before', () => {
    expect(findMiscounted(aHistory(found))).toEqual([]);
  });

  it('is compared with nothing but the log in a run that never drained', () => {
    const counted = [counting(api, { accepted: 9, discarded: 2 }), consumer];
    const { drainedAt: _never, ...notDrained } = aHistory({ ...found, counted });

    expect(findMiscounted(notDrained).map(({ text }) => text)).toEqual([
      'discarded, by the log of api, process 1: 2 counted, 1 found',
    ]);
  });

  it.each([
    [3, 'counters: accepted, by the topic: 3 counted, 4 found'],
    [5, 'counters: accepted, by the topic: 5 counted, 4 found'],
  ])('is wrong with %s orders accepted', (accepted, text) => {
    expect(textsOf([counting(api, { accepted }), consumer])).toEqual([text]);
  });

  it.each([
    ['processed', 1],
    ['processed', 3],
    ['rejected', 0],
    ['rejected', 2],
  ] as const)(
    'is wrong with %s in the log and in the counters, and not in the store: %s',
    (status, times) => {
      const [most, right] = [ofConsumer[status], ofConsumer[status]];
      const other = { alreadyProcessed: ofConsumer.alreadyProcessed + right - times };

      expect(textsOf([api, logging(consumer, { [status]: times, ...other })])).toEqual([
        `counters: ${status} by consumer-1, by the store: ${times} counted, ${most} found`,
      ]);
    },
  );

  it.each([
    ['processed', 1, consumer],
    ['processed', 3, consumer],
    ['rejected', 0, consumer],
    ['alreadyProcessed', 0, consumer],
    ['alreadyProcessed', 2, consumer],
    ['deadLettered', 3, consumer],
    ['redriven', 0, api],
    ['redriven', 2, api],
    ['discarded', 0, api],
    ['discarded', 2, api],
  ] as const)('is wrong where the log says something else: %s, %s times', (count, times, life) => {
    const lives = [api, consumer].map((each) => (each === life ? counting(each, { [count]: times }) : each));
    const right = { ...ofConsumer, ...ofApi }[count];

    expect(textsOf(lives)).toContain(
      `counters: ${count}, by the log of ${life.process}, process ${life.pid}: ${times} counted, ${right} found`,
    );
  });

  it('is wrong when a record was completed twice, and was handled once', () => {
    const texts = textsOf([api, logging(consumer, { alreadyProcessed: 2 })]);

    expect(texts).toEqual(['counters: completed, by the topic: 7 counted, 6 found']);
  });

  it('is right when a record was handled twice', () => {
    const handled = (found.handled ?? []).map((each) => ({ ...each, times: each.offset === 1 ? 2 : 1 }));

    expect(textsOf([api, logging(consumer, { alreadyProcessed: 2 })], { handled })).toEqual([]);
    expect(textsOf([api, consumer], { handled })).toEqual([]);
  });

  it('is wrong when a record was never completed', () => {
    const texts = textsOf([api, logging(consumer, { alreadyProcessed: 0 })]);

    expect(texts).toEqual(['counters: completed, by the topic: 5 counted, 6 found']);
  });

  it.each([
    ['invalid', 0],
    ['invalid', 2],
    ['exhausted', 0],
    ['exhausted', 2],
    ['conflicting', 1],
  ] as const)('is wrong where the dead-letter topic has others: %s, %s times', (reason, times) => {
    const right = { invalid: 1, exhausted: 1, conflicting: 0 }[reason];
    const texts = textsOf([api, counting(consumer, { [reason]: times })]);

    expect(texts).toContain(
      `counters: dead-lettered as ${reason}, by the dead-letter topic: ${times} counted, ${right} found`,
    );
    expect(texts).toContain(
      `counters: dead-lettered, by reason of consumer-1, process 2: ${2 + times - right} counted, 2 found`,
    );
  });

  it('may be less than the dead letters where one was written twice, and where its order was processed after all', () => {
    const [invalid, exhausted] = found.letters ?? [];
    const one = logging(consumer, { deadLettered: 1, alreadyProcessed: 2 });
    const letters = [invalid, exhausted, exhausted].flatMap((each) => each ?? []);
    const effects = [...(found.effects ?? []), effect(4, 'c', 'fail-until-repaired', 'processed')];
    const without = counting(one, { exhausted: 0 });

    expect(textsOf([api, consumer], { letters })).toEqual([]);
    expect(textsOf([api, without])).toEqual([
      'counters: dead-lettered as exhausted, by the dead-letter topic: 0 counted, 1 found',
    ]);
    expect(textsOf([api, logging(without, { processed: 3, alreadyProcessed: 1 })], { effects })).toEqual([]);
  });

  it.each([
    [3, 'counters: retries, by the attempts at dead letters: 3 counted, 4 found'],
    [5, 'counters: retries, by the log of consumer-1, process 2: 5 counted, at most 4 found'],
  ])('is wrong with %s retries', (retries, text) => {
    expect(textsOf([api, counting(consumer, { retries })])).toContain(text);
  });

  it.each([
    ['redriven', 0],
    ['redriven', 2],
    ['discarded', 0],
    ['discarded', 2],
  ] as const)('is wrong with what was resolved, as the log: %s, %s times', (count, times) => {
    expect(textsOf([logging(api, { [count]: times }), consumer])).toEqual([
      `counters: ${count}, by the dead-letter topic: ${times} counted, 1 found`,
    ]);
  });

  it('may be one dead letter that the operator does not know to be resolved', () => {
    const operations = (found.operations ?? []).map((each) => ({ ...each, resolved: 0 }));

    expect(textsOf([api, consumer], { operations })).toEqual([]);
    expect(textsOf([logging(api, { discarded: 0 }), consumer], { operations })).toEqual([]);
  });

  it.each([
    ['a record is pending', consumer, { pending: 1 }, 'pending in consumer-1 at the end: 1 counted, 0 found'],
    ['the group lags', api, { lag: 1 }, 'lag by api at the end: 1 counted, 0 found'],
    [
      'a dead letter is not resolved that is not listed',
      api,
      { unresolved: 1 },
      'unresolved dead letters by api at the end: 1 counted, 0 found',
    ],
  ])('is wrong when %s at the end', (_what, life, counts, text) => {
    const lives = [api, consumer].map((each) => (each === life ? counting(each, counts) : each));

    expect(textsOf(lives)).toEqual([`counters: ${text}`]);
  });

  it('is wrong when nobody says it at the end', () => {
    const { lag: _notRead, ...counts } = api.counts;
    const early = { ...consumer, askedAt: 100_999 };

    expect(textsOf([{ ...api, counts }, early])).toEqual([
      'counters: what api says at the end: 0 counted, 1 found',
      'counters: what consumer-1 says at the end: 0 counted, 1 found',
    ]);
  });
});
