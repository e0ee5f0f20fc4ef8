import { describe, expect, it } from '@jest/globals';
import type { Operation } from '../chaos-history.js';
import { findWronglyResolved } from '../resolved.js';
import { aHistory } from './a-history.js';

const ORDER = { orderId: 'a', content: 'fail-until-repaired' };
const one = (action: Operation['action'], changes: Partial<Operation> = {}): Operation => ({
  ...{ at: 50_000, action, answer: 'success', orderId: 'a', redriveCount: 0 },
  ...{ isRepaired: false, resolved: 1, atMost: 1 },
  ...changes,
});
const record = (offset: number, redriveCount?: number) => ({
  ...{ partition: 0, offset, order: ORDER, poison: true },
  ...(redriveCount !== undefined && { redriveCount }),
});
const letter = (offset: number) => ({ partition: 0, offset, at: 40_000, reason: 'exhausted', attempts: 5 });
const effect = (status: 'processed' | 'parked') => ({
  ...{ ...ORDER, status, at: 60_000, replica: 'consumer-1' },
  ...{ partition: 0, offset: 7, attempt: 1 },
});

const dead = { log: [record(0)], letters: [letter(0)], effects: [effect('parked')] };
const redriven = { ...dead, log: [record(0), record(7, 1)] };

const textsOf = (changes: Parameters<typeof aHistory>[0]) =>
  findWronglyResolved(aHistory(changes)).map(({ rule, text }) => `${rule}: ${text}`);

describe('dead letters that an operator resolved', () => {
  it('are redriven when their orders are processed, or dead-lettered again', () => {
    const operations = [one('redrive')];

    expect(textsOf({ ...redriven, operations, effects: [effect('processed')], listed: 0 })).toEqual([]);
    expect(textsOf({ ...redriven, operations, letters: [letter(0), letter(7)], listed: 1 })).toEqual([]);
  });

  it('are lost when they are redriven and in the topic only as before', () => {
    expect(textsOf({ ...dead, operations: [one('redrive')], listed: 0 })).toEqual([
      'no loss: order a was redriven, and is not in the topic again',
    ]);
  });

  it('are lost when nothing became of what was redriven', () => {
    expect(textsOf({ ...redriven, operations: [one('redrive')], listed: 0 })).toEqual([
      'no loss: order a was redriven, and is neither processed nor dead-lettered again',
    ]);
  });

  it('are not processed any more when they are discarded', () => {
    const operations = [one('discard')];
    const wrong = { ...dead, operations, effects: [effect('processed')], listed: 0 };

    expect(textsOf({ ...dead, operations, listed: 0 })).toEqual([]);
    expect(textsOf(wrong)).toEqual(['no phantom: order a is processed, and was discarded']);
  });

  it('are listed as long as nobody resolved them, and no longer', () => {
    const letters = [letter(0), letter(0), letter(1), letter(2)];

    expect(textsOf({ letters, listed: 3 })).toEqual([]);
    expect(textsOf({ letters, listed: 2 })).toEqual(['no loss: 2 dead letters are listed, of at least 3']);
    expect(textsOf({ letters, listed: 3, operations: [one('discard')] })).toEqual([
      'no phantom: 3 dead letters are listed, of at most 2',
    ]);
    expect(textsOf({ letters })).toEqual(['live: the dead letters could not be listed']);
  });

  it.each([1, 2, 3])(
    'may be resolved or not when the operator got no answer: %s of 3 are listed',
    (listed) => {
      const { orderId: _none, ...bulk } = one('discard', { answer: 'unknown', resolved: 0, atMost: 2 });

      expect(textsOf({ letters: [letter(0), letter(1), letter(2)], listed, operations: [bulk] })).toEqual([]);
    },
  );
});
