import { describe, expect, it } from '@jest/globals';
import { SimulatedFulfilment } from '../../../src/infrastructure/fulfilment/simulated-fulfilment.js';
import { anOrder } from '../../support/an-order.js';

const order = anOrder().placed();

async function durationOf(work: Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work;
  return performance.now() - startedAt;
}

describe('the simulated fulfilment', () => {
  it('fulfils any order', async () => {
    expect(await new SimulatedFulfilment({ min: 0, max: 0 }).fulfil(order)).toEqual({ kind: 'fulfilled' });
  });

  it('refuses the product that stands for a refusal', async () => {
    const outcome = await new SimulatedFulfilment({ min: 0, max: 0 }).fulfil(
      anOrder().withProduct('refuse').placed(),
    );

    expect(outcome).toEqual({ kind: 'refused', reason: 'the simulation refuses this product' });
  });

  it('waits no time at all when it has none to wait', async () => {
    let turns = 0;
    const counting = setImmediate(() => turns++);
    await new SimulatedFulfilment({ min: 0, max: 0 }).fulfil(order);
    clearImmediate(counting);

    expect(turns).toBe(0);
  });

  it.each([
    [0, 20],
    [0.5, 40],
  ])('takes its time from the range: with a random number of %d at least %d ms', async (random, atLeast) => {
    const fulfilment = new SimulatedFulfilment({ min: 20, max: 60 }, () => random);

    // a timer may fire up to 1 ms early
    expect(await durationOf(fulfilment.fulfil(order))).toBeGreaterThanOrEqual(atLeast - 1);
  });

  it('takes another time each time', async () => {
    const asked: number[] = [];
    const fulfilment = new SimulatedFulfilment({ min: 0, max: 1 }, () => asked.push(0) / 10);
    await Promise.all([fulfilment.fulfil(order), fulfilment.fulfil(order)]);

    expect(asked).toHaveLength(2);
  });
});
