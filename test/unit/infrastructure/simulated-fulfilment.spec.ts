import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { SimulatedFulfilment } from '../../../src/infrastructure/fulfilment/simulated-fulfilment.js';
import { anOrder } from '../../support/an-order.js';

const { signal } = new AbortController();
const order = anOrder().placed();
const orderFor = (product: string, id = 'order-1') => anOrder().withProduct(product).withId(id).placed();
const immediate = () => new SimulatedFulfilment({ min: 0, max: 0 });

/** Timers that begin in one turn of the event loop end in the order of their times, however busy the machine is. */
function takesLongerThan(ms: number, work: Promise<unknown>): Promise<boolean> {
  return Promise.race([work.then(() => false), setTimeout(ms, true)]);
}

describe('the simulated fulfilment', () => {
  it('fulfils any order', async () => {
    expect(await immediate().fulfil(order, signal)).toEqual({ kind: 'fulfilled' });
  });

  it('waits no time at all when it has none to wait', async () => {
    let turns = 0;
    const counting = setImmediate(() => turns++);
    await immediate().fulfil(order, signal);
    clearImmediate(counting);

    expect(turns).toBe(0);
  });

  it.each([
    [0, 20],
    [0.5, 60],
  ])('takes its time from the range: with a random number of %d about %d ms', async (random, ms) => {
    const fulfilment = new SimulatedFulfilment({ min: 20, max: 100 }, () => random);

    expect(await takesLongerThan(ms / 2, fulfilment.fulfil(order, signal))).toBe(true);
  });

  it('takes another time each time', async () => {
    const asked: number[] = [];
    const fulfilment = new SimulatedFulfilment({ min: 0, max: 1 }, () => asked.push(0) / 10);
    await Promise.all([fulfilment.fulfil(order, signal), fulfilment.fulfil(order, signal)]);

    expect(asked).toHaveLength(2);
  });

  it('ends when the attempt is aborted, with the reason of that', async () => {
    const attempt = new AbortController();
    const reason = new Error('the attempt took too long');
    const fulfilling = immediate().fulfil(orderFor('slow-10000'), attempt.signal);
    attempt.abort(reason);

    await expect(fulfilling).rejects.toBe(reason);
  });
});

describe('a product that asks the simulation for something', () => {
  const failure = { name: 'FulfilmentFailed', mayBeOutage: false, retryAfterMs: 0 };

  it('is rejected: reject', async () => {
    expect(await immediate().fulfil(orderFor('reject'), signal)).toEqual({
      kind: 'rejected',
      reason: 'the simulation rejects this product',
    });
  });

  it('fails always, which is no outage: fail', async () => {
    const fulfilment = immediate();

    for (let attempt = 1; attempt <= 20; attempt++) {
      await expect(fulfilment.fulfil(orderFor('fail'), signal)).rejects.toMatchObject(failure);
    }
  });

  it('fails three times, each order for itself: fail-3', async () => {
    const fulfilment = immediate();

    for (let attempt = 1; attempt <= 3; attempt++) {
      for (const id of ['one', 'other']) {
        await expect(fulfilment.fulfil(orderFor('fail-3', id), signal)).rejects.toMatchObject(failure);
      }
    }

    for (const id of ['one', 'other']) {
      expect(await fulfilment.fulfil(orderFor('fail-3', id), signal)).toEqual({ kind: 'fulfilled' });
    }
  });

  it('fails again, as often as it says, once it was fulfilled: fail-1', async () => {
    const fulfilment = immediate();
    const outcomes: string[] = [];

    for (let attempt = 1; attempt <= 4; attempt++) {
      const { kind } = await fulfilment.fulfil(orderFor('fail-1'), signal).catch(() => ({ kind: 'failed' }));
      outcomes.push(kind);
    }

    expect(outcomes).toEqual(['failed', 'fulfilled', 'failed', 'fulfilled']);
  });

  it('is forgotten, the oldest first, when more than 10,000 of them have failed', async () => {
    const fulfilment = immediate();
    for (let index = 0; index <= 10_000; index++) {
      await expect(fulfilment.fulfil(orderFor('fail-1', `order-${index}`), signal)).rejects.toThrow();
    }

    expect(await fulfilment.fulfil(orderFor('fail-1', 'order-1'), signal)).toEqual({ kind: 'fulfilled' });
    await expect(fulfilment.fulfil(orderFor('fail-1', 'order-0'), signal)).rejects.toThrow();
  });

  it('takes as many milliseconds as it says, whatever the range: slow-40', async () => {
    expect(await takesLongerThan(20, immediate().fulfil(orderFor('slow-40'), signal))).toBe(true);
  });

  it.each(['fail-', 'fail-x', 'failure', 'a fail', 'slow', 'slow-9999999', 'reject it'])(
    'is any other product when it only looks like one: %s',
    async (product) => {
      expect(await immediate().fulfil(orderFor(product), signal)).toEqual({ kind: 'fulfilled' });
    },
  );
});
