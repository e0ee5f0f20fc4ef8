import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FulfilmentFailed, type Fulfilment } from '../../src/application/ports/fulfilment.js';
import { anOrder } from '../support/an-order.js';

/** Products by which the other side does what a test needs. */
export interface Products {
  readonly fulfilled: string;
  readonly rejected: string;
  /** Fails at the first call for an order, and succeeds at the second. */
  readonly failsOnce: string;
  /** Takes longer than the test. */
  readonly endless: string;
}

export interface FulfilmentUnderTest {
  readonly fulfilment: Fulfilment;
  readonly products: Products;
  close(): Promise<void>;
}

export function fulfilmentContract(name: string, make: () => Promise<FulfilmentUnderTest>): void {
  describe(`${name} as Fulfilment`, () => {
    let underTest: FulfilmentUnderTest;
    const fulfil = (product: keyof Products, signal = new AbortController().signal, id = 'order-1') => {
      const order = anOrder().withId(id).withProduct(underTest.products[product]).placed();
      return underTest.fulfilment.fulfil(order, signal);
    };

    beforeEach(async () => {
      underTest = await make();
    });
    afterEach(() => underTest.close());

    it('fulfils an order', async () => {
      expect(await fulfil('fulfilled')).toEqual({ kind: 'fulfilled' });
    });

    it('fulfils an order again that was fulfilled before', async () => {
      await fulfil('fulfilled');
      expect(await fulfil('fulfilled')).toEqual({ kind: 'fulfilled' });
    });

    it('rejects an order for good, with a reason', async () => {
      expect(await fulfil('rejected')).toEqual({ kind: 'rejected', reason: expect.stringMatching(/./) });
    });

    it('says that an order failed this time, and fulfils it at the next call', async () => {
      await expect(fulfil('failsOnce')).rejects.toThrow(FulfilmentFailed);
      expect(await fulfil('failsOnce')).toEqual({ kind: 'fulfilled' });
    });

    it('returns to each of many concurrent calls its own outcome', async () => {
      const signal = new AbortController().signal;
      const ids = Array.from({ length: 20 }, (_, index) => `order-${index}`);
      const product = (index: number) => (index % 2 === 0 ? 'fulfilled' : 'rejected');
      const outcomes = await Promise.all(ids.map((id, index) => fulfil(product(index), signal, id)));
      expect(outcomes.map(({ kind }) => kind)).toEqual(ids.map((_, index) => product(index)));
    });

    it('ends when it is aborted, with the reason of the signal', async () => {
      const abort = new AbortController();
      const fulfilling = fulfil('endless', abort.signal);
      const reason = new Error('overdue');
      abort.abort(reason);
      await expect(fulfilling).rejects.toBe(reason);
    });

    it('does not begin when it is aborted already', async () => {
      const reason = new Error('overdue');
      await expect(fulfil('endless', AbortSignal.abort(reason))).rejects.toBe(reason);
    });
  });
}
