import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { CarriedOutOrder, OrderRepository } from '../../src/application/ports/order-repository.js';
import { ConflictingContent } from '../../src/domain/order/order-errors.js';
import { OrderId } from '../../src/domain/order/order-id.js';
import { anOrder, DELIVERY } from '../support/an-order.js';

/** An empty store. */
export interface StoreUnderTest {
  readonly repository: OrderRepository;
  /** Another replica's repository of the same store. */
  readonly neighbour: OrderRepository;
  /** How many orders there are, not by the repository's own word. */
  countOrders(): Promise<number>;
  close(): Promise<void>;
}

const LARGEST_OFFSET = '9223372036854775807';

export function orderRepositoryContract(name: string, make: () => Promise<StoreUnderTest>): void {
  describe(`${name} as OrderRepository`, () => {
    let store: StoreUnderTest;
    let repository: OrderRepository;
    let neighbour: OrderRepository;

    beforeEach(async () => {
      store = await make();
      ({ repository, neighbour } = store);
    });

    afterEach(() => store.close());

    describe('finding', () => {
      it('finds a processed order as it was saved, with the delivery that did it', async () => {
        const saved = anOrder().carriedOut({ offset: LARGEST_OFFSET, attempt: 3 });
        await repository.save(saved);
        expect(await neighbour.find(saved.order.id)).toEqual(saved);
      });

      it('finds a rejected order with its reason', async () => {
        const saved = { order: anOrder().rejected('no more tea'), delivery: DELIVERY };
        await repository.save(saved);
        expect(await neighbour.find(saved.order.id)).toEqual(saved);
      });

      it('keeps every character of a product', async () => {
        const saved = anOrder().withProduct(`{"a","b"}\\n 'x'; -- $1 NULL 🍵é`).carriedOut();
        await repository.save(saved);
        expect(await neighbour.find(saved.order.id)).toEqual(saved);
      });

      it('does not find an unknown order', async () => {
        await repository.save(anOrder().carriedOut());
        expect(await repository.find(OrderId.of('unknown'))).toBeUndefined();
      });

      it('gives each of many finds that come together its own order', async () => {
        const saved = numbered(20);
        await Promise.all(saved.map((order) => repository.save(order)));
        const asked = [...saved, ...saved].map(({ order }) => order.id);
        const found = await Promise.all([...asked, OrderId.of('unknown')].map((id) => repository.find(id)));
        expect(found).toEqual([...saved, ...saved, undefined]);
      });

      it('does not show a change to what was passed in, made as soon as save was called', async () => {
        const [placedAt, delivery] = [new Date('2026-02-03T04:05:06.007Z'), { ...DELIVERY }];
        const order = anOrder().withPlacedAt(placedAt).processed();
        const saving = repository.save({ order, delivery });
        placedAt.setTime(0);
        delivery.offset = '7';
        await saving;
        const found = await repository.find(order.id);
        expect(found?.order.state.placedAt).toEqual(new Date('2026-02-03T04:05:06.007Z'));
        expect(found?.delivery).toEqual(DELIVERY);
      });

      it('does not show a change to what was found', async () => {
        const saved = anOrder().carriedOut();
        await repository.save(saved);
        const [found, foundToo] = await Promise.all([
          repository.find(saved.order.id),
          repository.find(saved.order.id),
        ]);
        found?.order.state.placedAt.setTime(0);
        expect(foundToo).toEqual(saved);
        expect(await repository.find(saved.order.id)).toEqual(saved);
      });
    });

    describe('saving once', () => {
      it('leaves one order, the first, when an order is saved twice', async () => {
        const first = anOrder().carriedOut({ offset: '1' });
        expect(await repository.save(first)).toBe('saved');
        expect(await neighbour.save(anOrder().carriedOut({ offset: '2' }))).toBe('already-saved');
        expect(await store.countOrders()).toBe(1);
        expect(await repository.find(first.order.id)).toEqual(first);
      });

      it('lets the first win when one order is saved several times at once', async () => {
        const first = anOrder().carriedOut({ offset: '1' });
        const saves = [first, first, anOrder().carriedOut({ offset: '2' })];
        const outcomes = await Promise.all(saves.map((save) => repository.save(save)));
        expect(outcomes).toEqual(['saved', 'already-saved', 'already-saved']);
        expect(await repository.find(first.order.id)).toEqual(first);
      });

      it('lets exactly one of two replicas win, and tells the other', async () => {
        for (let round = 0; round < 100; round++) {
          const [ours, theirs] = [
            anOrder().withId(`order-${round}`).carriedOut({ replica: 'ours' }),
            anOrder().withId(`order-${round}`).carriedOut({ replica: 'theirs' }),
          ];
          const outcomes = await Promise.all([repository.save(ours), neighbour.save(theirs)]);
          expect(outcomes.toSorted()).toEqual(['already-saved', 'saved']);
          expect(await repository.find(ours.order.id)).toEqual(outcomes[0] === 'saved' ? ours : theirs);
        }
        expect(await store.countOrders()).toBe(100);
      });

      it('lets two replicas save the same orders in opposite order', async () => {
        for (let round = 0; round < 20; round++) {
          const orders = numbered(200, `round-${round}-`);
          const outcomes = await Promise.all([
            ...orders.map((order) => repository.save(order)),
            ...orders.toReversed().map((order) => neighbour.save(order)),
          ]);
          expect(countsOf(outcomes)).toEqual({ saved: 200, 'already-saved': 200 });
        }
      });

      it('saves 5,000 at once as 5,000', async () => {
        const orders = numbered(5_000);
        const outcomes = await Promise.all(orders.map((order) => repository.save(order)));
        expect(countsOf(outcomes)).toEqual({ saved: 5_000 });
        expect(await store.countOrders()).toBe(5_000);
        const found = await Promise.all(orders.map(({ order }) => neighbour.find(order.id)));
        expect(found).toEqual(orders);
      });
    });

    describe('the same id with other content', () => {
      const first = anOrder().withProduct('tea').withQuantity(2).carriedOut();
      const others = [
        ['product', anOrder().withProduct('coffee').withQuantity(2).carriedOut()],
        ['quantity', anOrder().withProduct('tea').withQuantity(3).carriedOut()],
      ] as const;

      it.each(others)('refuses another %s and keeps what was stored', async (_, other) => {
        await repository.save(first);
        await expect(neighbour.save(other)).rejects.toThrow(ConflictingContent);
        expect(await repository.find(first.order.id)).toEqual(first);
        expect(await store.countOrders()).toBe(1);
      });

      it.each(others)('refuses another %s at once with the first, and that one alone', async (_, other) => {
        const neighbours = numbered(2, 'neighbour-');
        const settled = await Promise.allSettled(
          [first, other, ...neighbours].map((order) => repository.save(order)),
        );
        expect(settled).toEqual([
          { status: 'fulfilled', value: 'saved' },
          { status: 'rejected', reason: expect.any(ConflictingContent) },
          { status: 'fulfilled', value: 'saved' },
          { status: 'fulfilled', value: 'saved' },
        ]);
        expect(await repository.find(first.order.id)).toEqual(first);
      });
    });
  });
}

/** Orders that differ in id, product, quantity and offset. */
export function numbered(count: number, prefix = 'order-'): CarriedOutOrder[] {
  return Array.from({ length: count }, (_, index) =>
    anOrder()
      .withId(`${prefix}${index}`)
      .withProduct(`product ${index}`)
      .withQuantity(index + 1)
      .carriedOut({ offset: String(index) }),
  );
}

function countsOf(values: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}
