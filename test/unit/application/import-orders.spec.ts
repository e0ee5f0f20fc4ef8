import { OrderId } from '../../../src/domain/order/order-id.js';
import { describe, expect, it } from '@jest/globals';
import { ImportOrders, type ImportLine } from '../../../src/application/orders/import-orders.js';
import { MessagePublishFailed, MessageTooLarge } from '../../../src/application/ports/message-publisher.js';
import {
  OrderNotConfirmed,
  type SendOrderCommand,
  type SentOrder,
} from '../../../src/application/orders/send-order.js';
import { InvalidProduct } from '../../../src/domain/order/order-errors.js';
import { settled } from '../../../packages/delivery/test/support/settled.js';

/** Sends that the test ends, by the order's id. */
class HeldSends {
  readonly started: string[] = [];
  private readonly running = new Map<string, (error?: Error) => void>();

  execute({ orderId = '' }: SendOrderCommand): Promise<SentOrder> {
    this.started.push(orderId);
    return new Promise((resolve, reject) => {
      this.running.set(orderId, (error) => {
        if (error === undefined)
          resolve({ orderId: OrderId.of(orderId), topic: 't', partition: 0, offset: '0' });
        else reject(error);
      });
    });
  }

  async end(orderId: string, error?: Error): Promise<void> {
    this.running.get(orderId)?.(error);
    await settled();
  }
}

const line = (number: number): ImportLine => ({
  number,
  order: { orderId: `o-${number}`, product: 'tea', correlationId: 'c' },
});
const lines = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => line(from + n));
const unconfirmed = (number: number, outcome: 'not-sent' | 'unknown' = 'unknown') =>
  new OrderNotConfirmed(`o-${number}`, new MessagePublishFailed(outcome, 'unreachable'));

/** A running import: what was read of its batches, what was invalid, and the outcome. */
function begin(
  batches: ImportLine[][],
  maxInFlight = 10,
  sends = new HeldSends(),
  imports = new ImportOrders(sends, maxInFlight),
) {
  const state = { read: 0, invalid: [] as [number, unknown][], outcome: undefined as unknown };
  async function* read() {
    for (const batch of batches) {
      await Promise.resolve();
      state.read++;
      yield batch;
    }
  }
  const outcome = imports.execute(read(), (number, reason) => {
    state.invalid.push([number, reason]);
  });
  outcome.then(
    (value) => (state.outcome = value),
    (error: unknown) => (state.outcome = error),
  );
  return { sends, state, outcome };
}

describe('several imports', () => {
  const of = (name: string, count: number): ImportLine[] =>
    Array.from({ length: count }, (_, n) => ({
      number: n + 1,
      order: { orderId: `${name}-${n + 1}`, product: 'tea', correlationId: 'c' },
    }));
  function beginBoth(maxInFlight: number, first: ImportLine[], second: ImportLine[]) {
    const sends = new HeldSends();
    const imports = new ImportOrders(sends, maxInFlight);
    const outcomes = [first, second].map((each) => begin([each], maxInFlight, sends, imports).state);
    return { sends, outcomes };
  }

  it('have a bounded number of orders in flight together', async () => {
    const { sends } = beginBoth(3, of('a', 5), of('b', 5));
    await settled();

    expect(sends.started).toHaveLength(3);
  });

  it('share what becomes free, whoever was first', async () => {
    const { sends } = beginBoth(4, of('a', 9), of('b', 9));
    await settled();
    const atFirst = sends.started.length;
    for (const orderId of sends.started) await sends.end(orderId);

    const next = sends.started.slice(atFirst, atFirst + 6).map((orderId) => orderId.charAt(0));
    expect(next.toSorted()).toEqual(['a', 'a', 'a', 'b', 'b', 'b']);
  });

  it('all end, though one of them stops while it waits for a place', async () => {
    const { sends, outcomes } = beginBoth(2, of('a', 3), of('b', 3));
    await settled();

    await sends.end('a-1', unconfirmed(1));
    for (const orderId of sends.started) await sends.end(orderId);

    expect(outcomes.map(({ outcome }) => outcome)).toEqual([
      expect.objectContaining({ stopped: expect.objectContaining({ line: 1 }) as unknown }),
      { accepted: 3, invalid: 0 },
    ]);
  });
});

describe('an import', () => {
  it('sends what it reads, and ends when all of it is published', async () => {
    const { sends, state } = begin([lines(1, 2), lines(3, 3)]);
    await settled();
    expect(sends.started).toEqual(['o-1', 'o-2', 'o-3']);

    await sends.end('o-1');
    await sends.end('o-3');
    expect(state.outcome).toBeUndefined();
    await sends.end('o-2');

    expect(state.outcome).toEqual({ accepted: 3, invalid: 0 });
  });

  it('of nothing ends at once', async () => {
    expect(await begin([]).outcome).toEqual({ accepted: 0, invalid: 0 });
  });

  it('has a bounded number in flight, and reads no more meanwhile', async () => {
    const { sends, state } = begin([lines(1, 3), lines(4, 4), lines(5, 5)], 2);
    await settled();
    expect([sends.started, state.read]).toEqual([['o-1', 'o-2'], 1]);

    await sends.end('o-2');
    expect([sends.started, state.read]).toEqual([['o-1', 'o-2', 'o-3'], 2]);
  });

  it('reports what is no order and what can’t be one as invalid, and goes on', async () => {
    const [noOrder, tooLarge, invalid] = [
      new Error('not JSON'),
      new OrderNotConfirmed('o-2', new MessageTooLarge(2, 1)),
      new InvalidProduct('must not be empty'),
    ];
    const { sends, state } = begin([[{ number: 1, order: noOrder }, line(2), line(3), line(4)]]);
    await settled();

    await sends.end('o-2', tooLarge);
    await sends.end('o-3', invalid);
    await sends.end('o-4');

    expect(state.invalid).toEqual([
      [1, noOrder],
      [2, tooLarge],
      [3, invalid],
    ]);
    expect(state.outcome).toEqual({ accepted: 1, invalid: 3 });
  });

  it.each(['not-sent', 'unknown'] as const)(
    'stops at the first line whose publishing is not confirmed (%s), awaits what is in flight, and reads no more',
    async (outcome) => {
      const { sends, state } = begin([lines(1, 4), lines(5, 5), lines(6, 6)], 4);
      await settled();

      await sends.end('o-3', unconfirmed(3, outcome));
      await sends.end('o-2', unconfirmed(2, outcome));
      await sends.end('o-1');
      expect(state.outcome).toBeUndefined();
      await sends.end('o-4');

      expect(state.outcome).toEqual({ accepted: 2, invalid: 0, stopped: { line: 2, cause: unconfirmed(2) } });
      expect([sends.started.length, state.read]).toEqual([4, 2]);
    },
  );

  it('fails when an invalid line can’t be reported', async () => {
    const failure = new Error('the response was closed');
    const imports = new ImportOrders(new HeldSends(), 1);
    async function* read() {
      yield [{ number: 1, order: new Error('no order') }];
    }
    const outcome = imports.execute(read(), () => {
      throw failure;
    });

    await expect(outcome).rejects.toBe(failure);
  });

  it('whose lines can’t be read to the end awaits what is in flight before it fails', async () => {
    const sends = new HeldSends();
    async function* broken() {
      yield lines(1, 1);
      await Promise.resolve();
      throw new Error('the client has disconnected');
    }
    const outcome = new ImportOrders(sends, 10).execute(broken(), () => undefined);
    const state = { failure: undefined as unknown };
    outcome.catch((error: unknown) => (state.failure = error));
    await settled();
    expect(state.failure).toBeUndefined();

    await sends.end('o-1');
    expect(state.failure).toEqual(new Error('the client has disconnected'));
  });
});
