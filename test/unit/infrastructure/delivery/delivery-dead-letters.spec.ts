import { beforeEach, describe, expect, it } from '@jest/globals';
import { DeadLettersUnavailable as Unavailable, type DeadLetterStore } from '@order-service/delivery';
import {
  DeadLettersUnavailable,
  type DeadLetter,
  type DeadLetterReason,
} from '../../../../src/application/ports/dead-letters.js';
import { DeliveryDeadLetters } from '../../../../src/infrastructure/delivery/delivery-dead-letters.js';
import { InMemoryDeadLetterStore } from '../../../../packages/delivery/src/in-memory/in-memory-dead-letter-store.js';
import { aDeadLetter, listed } from '../../../support/a-dead-letter.js';

const cause = new Error('ECONNREFUSED');

/** A store that fails with `error` wherever it is asked. */
function failing(error: Error): DeadLetterStore<DeadLetterReason> {
  const fail = () => Promise.reject(error);
  return { add: fail, list: fail, resolve: fail };
}

describe('dead letters with the delivery library', () => {
  let deadLetters: DeliveryDeadLetters;

  beforeEach(async () => {
    deadLetters = new DeliveryDeadLetters(new InMemoryDeadLetterStore());
    for (const offset of [1, 2, 3]) await deadLetters.add(aDeadLetter(offset));
  });

  it('are listed as they were added', async () => {
    expect(await listed(deadLetters)).toEqual([1, 2, 3].map((offset) => aDeadLetter(offset)));
  });

  it.each([
    ['order id', { orderId: 'order-2' }],
    ['origin', { origin: aDeadLetter(2).origin }],
  ])('are found by %s', async (_what, filter) => {
    expect(await listed(deadLetters, filter)).toEqual([aDeadLetter(2)]);
  });

  it('are counted beyond the limit', async () => {
    expect(await deadLetters.list({ reason: 'exhausted' }, 1)).toMatchObject({ matched: 3 });
    expect(await deadLetters.list({ reason: 'invalid' })).toMatchObject({ matched: 0 });
  });

  it('are no longer listed once they are resolved', async () => {
    await deadLetters.resolve(aDeadLetter(2).origin, 'discarded');
    expect(await listed(deadLetters)).toEqual([aDeadLetter(1), aDeadLetter(3)]);
  });
});

describe('dead letters that can’t be reached', () => {
  const unavailable = new DeliveryDeadLetters(failing(new Unavailable('no broker responds', { cause })));
  const expected = { name: 'DeadLettersUnavailable', message: 'no broker responds', cause };

  it.each<[string, () => Promise<unknown>]>([
    ['adding', () => unavailable.add(aDeadLetter(1))],
    ['listing', () => unavailable.list({})],
    ['resolving', () => unavailable.resolve(aDeadLetter(1).origin, 'redriven')],
  ])('are unavailable for %s', async (_what, act) => {
    const error = await act().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DeadLettersUnavailable);
    expect(error).toMatchObject(expected);
  });

  it('are unavailable while one iterates, after those that could be read', async () => {
    async function* broken(): AsyncGenerator<DeadLetter> {
      yield aDeadLetter(1);
      throw new Unavailable('no broker responds', { cause });
    }
    const store = { ...failing(cause), list: () => Promise.resolve({ matched: 2, deadLetters: broken() }) };
    const read: DeadLetter[] = [];
    const reading = (async () => {
      for await (const each of (await new DeliveryDeadLetters(store).list({})).deadLetters) read.push(each);
    })();

    const error = await reading.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DeadLettersUnavailable);
    expect(error).toMatchObject(expected);
    expect(read).toEqual([aDeadLetter(1)]);
  });

  it('lets a bug through', async () => {
    const bug = new TypeError('a bug');
    await expect(new DeliveryDeadLetters(failing(bug)).add(aDeadLetter(1))).rejects.toBe(bug);
  });
});
