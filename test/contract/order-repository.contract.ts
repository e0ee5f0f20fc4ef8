import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { OrderRepository, StoredOrder } from '../../src/application/ports/order-repository.js';
import type { Delivery } from '../../src/application/orders/delivery.js';
import { ConflictingContent } from '../../src/domain/order/order-errors.js';
import { OrderId } from '../../src/domain/order/order-id.js';
import { mayBecome, ORDER_STATUSES, type OrderStatus } from '../../src/domain/order/order-status.js';
import { anOrder, DELIVERY, type OrderBuilder } from '../support/an-order.js';

/** A change of an order, and the delivery that brought it about. */
export type HistoryLine = Delivery & { readonly orderId: string; readonly status: string };

/** An empty store. */
export interface StoreUnderTest {
  readonly repository: OrderRepository;
  /** Another replica's repository of the same store. */
  readonly neighbour: OrderRepository;
  /** How many orders there are, not by the repository's own word. */
  countOrders(): Promise<number>;
  /** The history, the oldest line first. */
  history(): Promise<HistoryLine[]>;
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
        const saved = anOrder().storedProcessed({ offset: LARGEST_OFFSET, attempt: 3 });
        await repository.save(saved);
        expect(await neighbour.find(saved.order.id)).toEqual(saved);
      });

      it('finds a rejected order with its reason', async () => {
        const saved = { order: anOrder().rejected('no more tea'), delivery: DELIVERY };
        await repository.save(saved);
        expect(await neighbour.find(saved.order.id)).toEqual(saved);
      });

      it('finds a parked order, with the delivery of its last attempt', async () => {
        const saved = anOrder().storedParked({ attempt: 5 });
        await repository.save(saved);
        expect(await neighbour.find(saved.order.id)).toEqual(saved);
      });

      it('keeps every character of a product', async () => {
        const saved = anOrder().withProduct(`{"a","b"}\\n 'x'; -- $1 NULL 🍵é`).storedProcessed();
        await repository.save(saved);
        expect(await neighbour.find(saved.order.id)).toEqual(saved);
      });

      it('does not find an unknown order', async () => {
        await repository.save(anOrder().storedProcessed());
        expect(await repository.find(OrderId.of('unknown'))).toBeUndefined();
      });

      it('returns to each of many concurrent finds its own order', async () => {
        const saved = numbered(20);
        await Promise.all(saved.map((order) => repository.save(order)));
        const asked = [...saved, ...saved].map(({ order }) => order.id);
        const found = await Promise.all([...asked, OrderId.of('unknown')].map((id) => repository.find(id)));
        expect(found).toEqual([...saved, ...saved, undefined]);
      });

      it('finds of many at once those that are stored, each once, by whoever stored them', async () => {
        const saved = [...numbered(20), anOrder().withId('parked').storedParked()];
        await Promise.all(saved.map((order) => repository.save(order)));
        const asked = [...saved, ...saved].map(({ order }) => order.id);
        const found = await neighbour.findAll([OrderId.of('unknown'), ...asked]);
        const byId = (a: StoredOrder, b: StoredOrder) => (a.order.id < b.order.id ? -1 : 1);
        expect(found.toSorted(byId)).toEqual(saved.toSorted(byId));
        expect(await repository.findAll([OrderId.of('unknown')])).toEqual([]);
        expect(await repository.findAll([])).toEqual([]);
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
        const saved = anOrder().storedProcessed();
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
        const first = anOrder().storedProcessed({ offset: '1' });
        expect(await repository.save(first)).toBe('saved');
        expect(await neighbour.save(anOrder().storedProcessed({ offset: '2' }))).toBe('already-saved');
        expect(await store.countOrders()).toBe(1);
        expect(await repository.find(first.order.id)).toEqual(first);
        expect(await store.history()).toEqual([historyLine(first)]);
      });

      it('lets the first win when one order is saved several times at once', async () => {
        const first = anOrder().storedProcessed({ offset: '1' });
        const saves = [first, first, anOrder().storedProcessed({ offset: '2' })];
        const outcomes = await Promise.all(saves.map((save) => repository.save(save)));
        expect(outcomes).toEqual(['saved', 'already-saved', 'already-saved']);
        expect(await repository.find(first.order.id)).toEqual(first);
        expect(await store.history()).toEqual([historyLine(first)]);
      });

      it('lets exactly one of two replicas win, and tells the other', async () => {
        for (let round = 0; round < 100; round++) {
          const [ours, theirs] = [
            anOrder().withId(`order-${round}`).storedProcessed({ replica: 'ours' }),
            anOrder().withId(`order-${round}`).storedProcessed({ replica: 'theirs' }),
          ];
          const outcomes = await Promise.all([repository.save(ours), neighbour.save(theirs)]);
          expect(outcomes.toSorted()).toEqual(['already-saved', 'saved']);
          expect(await repository.find(ours.order.id)).toEqual(outcomes[0] === 'saved' ? ours : theirs);
        }
        expect(await store.countOrders()).toBe(100);
        expect(await store.history()).toHaveLength(100);
      });

      it('lets two replicas save the same orders in opposite order', async () => {
        for (let round = 0; round < 20; round++) {
          const orders = numbered(200, `round-${round}-`);
          const outcomes = await Promise.all([
            ...orders.map((order) => repository.save(order)),
            ...orders.toReversed().map((order) => neighbour.save(order)),
          ]);
          expect(countEach(outcomes)).toEqual({ saved: 200, 'already-saved': 200 });
        }
      });

      it('saves 5,000 at once as 5,000', async () => {
        const orders = numbered(5_000);
        const outcomes = await Promise.all(orders.map((order) => repository.save(order)));
        expect(countEach(outcomes)).toEqual({ saved: 5_000 });
        expect(await store.countOrders()).toBe(5_000);
        expect(new Set((await store.history()).map(({ orderId }) => orderId)).size).toBe(5_000);
        expect(await store.history()).toHaveLength(5_000);
        const found = await Promise.all(orders.map(({ order }) => neighbour.find(order.id)));
        expect(found).toEqual(orders);
      });
    });

    describe('the transitions of an order', () => {
      it.each(TRANSITIONS)('$from to $to: $outcome', async ({ from, to, outcome }) => {
        const first = from === 'placed' ? [] : [storedAs(from, '1')];
        for (const each of first) await repository.save(each);

        const next = storedAs(to, '2');
        expect(await neighbour.save(next)).toBe(outcome);
        const effects = outcome === 'saved' ? [...first, next] : first;
        expect(await repository.find(next.order.id)).toEqual(effects.at(-1));
        expect(await store.countOrders()).toBe(1);
        expect(await store.history()).toEqual(effects.map(historyLine));
      });

      it.each(ORDER_STATUSES)('%s to placed: fails', async (from) => {
        const first = from === 'placed' ? [] : [storedAs(from, '1')];
        for (const each of first) await repository.save(each);

        const placed = storedAs('placed', '2');
        await expect(neighbour.save(placed)).rejects.toThrow();
        expect(await repository.find(placed.order.id)).toEqual(first[0]);
        expect(await store.history()).toEqual(first.map(historyLine));
      });
    });

    describe('a parked order', () => {
      const parked = anOrder().storedParked({ offset: '1' });
      const processed = anOrder().storedProcessed({ offset: '2' });
      const rejected = { ...processed, order: anOrder().rejected('no more tea') };

      it('is not parked again once it was rejected', async () => {
        for (const stored of [parked, rejected, processed, parked]) await repository.save(stored);
        expect(await repository.find(parked.order.id)).toEqual(rejected);
        expect(await store.history()).toEqual([historyLine(parked), historyLine(rejected)]);
      });

      it.each([
        ['parked, processed, rejected', [parked, processed, rejected], ['saved', 'saved', 'already-saved']],
        ['parked, parked, rejected', [parked, parked, rejected], ['saved', 'already-saved', 'saved']],
        ['processed, parked', [processed, parked], ['saved', 'already-saved']],
      ])('saves what comes at once one after another: %s', async (_, saves, outcomes) => {
        expect(await Promise.all(saves.map((each) => repository.save(each)))).toEqual(outcomes);
        const effects = saves.filter((_each, index) => outcomes[index] === 'saved');
        expect(await repository.find(parked.order.id)).toEqual(effects.at(-1));
        expect(await store.history()).toEqual(effects.map(historyLine));
      });

      it('is parked by one of several replicas, and processed by one of several', async () => {
        for (let round = 0; round < 100; round++) {
          const order = anOrder().withId(`order-${round}`);
          const both = [repository, neighbour];
          const parks = await Promise.all(both.map((each) => each.save(order.storedParked())));
          expect(parks.toSorted()).toEqual(['already-saved', 'saved']);
          const ends = await Promise.all(both.map((each) => each.save(order.storedProcessed())));
          expect(ends.toSorted()).toEqual(['already-saved', 'saved']);
        }
        expect(await store.countOrders()).toBe(100);
        expect(countEach((await store.history()).map(({ status }) => status))).toEqual({
          parked: 100,
          processed: 100,
        });
      });

      it('ends processed once, whoever is first when it is parked and processed at once', async () => {
        const effects: string[] = [];
        for (let round = 0; round < 100; round++) {
          const order = anOrder().withId(`order-${round}`);
          const [park, ...ends] = await Promise.all([
            neighbour.save(order.storedParked()),
            repository.save(order.storedProcessed()),
            neighbour.save(order.storedProcessed()),
          ]);
          expect(ends.toSorted()).toEqual(['already-saved', 'saved']);
          expect(await repository.find(order.placed().id)).toEqual(order.storedProcessed());
          effects.push(...(park === 'saved' ? ['parked', 'processed'] : ['processed']));
        }
        expect((await store.history()).map(({ status }) => status)).toEqual(effects);
      });
    });

    describe.each([
      ['processed', (order: OrderBuilder) => order.storedProcessed()],
      ['parked', (order: OrderBuilder) => order.storedParked()],
    ])('the id of an order that is %s, with other content', (_status, stored) => {
      const first = stored(anOrder().withProduct('tea').withQuantity(2));
      const coffee = anOrder().withProduct('coffee').withQuantity(2);
      const others = [
        ['product', coffee.storedProcessed()],
        ['product, parked,', coffee.storedParked()],
        ['quantity', anOrder().withProduct('tea').withQuantity(3).storedProcessed()],
      ] as const;

      it.each(others)('conflicts for another %s, and what was stored stays', async (_, other) => {
        await repository.save(first);
        await expect(neighbour.save(other)).rejects.toThrow(ConflictingContent);
        expect(await repository.find(first.order.id)).toEqual(first);
        expect(await store.countOrders()).toBe(1);
        expect(await store.history()).toEqual([historyLine(first)]);
      });

      it.each(others)(
        'conflicts for another %s at once with the first, and for that one alone',
        async (_, other) => {
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
        },
      );
    });
  });
}

/** An order that is placed is not stored yet; from there every status but itself may come. */
const TRANSITIONS = ORDER_STATUSES.flatMap((from) =>
  ORDER_STATUSES.filter((to) => to !== 'placed').map((to) => {
    const outcome = mayBecome(from, to) ? ('saved' as const) : ('already-saved' as const);
    return { from, to, outcome };
  }),
);

function storedAs(status: OrderStatus, offset: string): StoredOrder {
  return { order: anOrder()[status](), delivery: { ...DELIVERY, offset } };
}

/** Orders that differ in id, product and offset. */
export function numbered(count: number, prefix = 'order-'): StoredOrder[] {
  return Array.from({ length: count }, (_, index) =>
    anOrder()
      .withId(`${prefix}${index}`)
      .withProduct(`product ${index}`)
      .storedProcessed({ offset: String(index) }),
  );
}

export function historyLine({ order, delivery }: StoredOrder): HistoryLine {
  return { orderId: order.id, status: order.state.status, ...delivery };
}

function countEach(values: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}
