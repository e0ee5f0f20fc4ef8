import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { encodeOrderSubmitted } from '../../src/application/messages/order-submitted.js';
import { ParkOrder } from '../../src/application/orders/park-order.js';
import type { DeadLetter, DeadLetterReason, DeadLetters } from '../../src/application/ports/dead-letters.js';
import { FulfilmentFailed } from '../../src/application/ports/fulfilment.js';
import type { EncodedMessage } from '../../src/application/ports/message-publisher.js';
import type { StoredOrder } from '../../src/application/ports/order-repository.js';
import { ProcessOrder } from '../../src/application/orders/process-order.js';
import { RedriveDeadLetters } from '../../src/application/dead-letters/redrive-dead-letters.js';
import type { Order } from '../../src/domain/order/order.js';
import { OrderId } from '../../src/domain/order/order-id.js';
import { OrderMessageHandler } from '../../src/interfaces/messaging/order-message-handler.js';
import { anOrder } from '../support/an-order.js';
import { ConsumerGroupHarness } from '../../packages/delivery/src/contract/consumer-group-harness.js';
import type {
  TestBroker,
  TestPublisher,
  TestTopic,
} from '../../packages/delivery/src/contract/test-broker.js';
import { RecordingOrderRepository } from '../support/recording-order-repository.js';
import { silentLogger } from '../../packages/delivery/src/contract/silent-logger.js';
import { waitFor } from '../../packages/delivery/src/contract/wait-for.js';
import { listed } from '../support/a-dead-letter.js';

const PARTITIONS = 5;
const MAX_ATTEMPTS = 3;

/** A messaging system with its dead letters. */
export interface OrderTestBroker extends TestBroker {
  openDeadLetters(topic: TestTopic, partitions: number): Promise<DeadLetters>;
}

/** One consumer with everything that processes orders, and dead-letters them. */
class Fixture {
  readonly stored: StoredOrder[] = [];
  readonly orders = new RecordingOrderRepository(this.stored);
  /** How many fulfilments of an order are still to fail. */
  readonly failures = new Map<string, number>();
  private readonly publisher: TestPublisher;

  constructor(
    readonly topic: TestTopic,
    readonly consumers: ConsumerGroupHarness,
    readonly deadLetters: DeadLetters,
  ) {
    this.publisher = topic.publisher();
    this.publisher.start();
    const processOrder = new ProcessOrder(
      this.orders,
      { fulfil: ({ id }) => this.fulfil(id) },
      { now: () => new Date() },
    );
    const handler = new OrderMessageHandler(
      {
        replica: 'replica-1',
        consumerGroup: consumers.groupId,
        retryPolicy: { maxAttempts: MAX_ATTEMPTS, initialMs: 5, maxMs: 20 },
      },
      processOrder,
      new ParkOrder(this.orders),
      deadLetters,
      silentLogger,
    );
    consumers.handler = {
      handle: (record, attempt) => handler.handle(record, attempt),
      decide: (error, record, attempt) => handler.decide(error, record, attempt),
      deadLetter: (record, reason, failures) =>
        handler.deadLetter(record, reason as DeadLetterReason, failures),
    };
  }

  async publish(...messages: EncodedMessage[]): Promise<void> {
    for (const message of messages) await this.publisher.publish(message);
  }

  redrive(deadLetters = this.deadLetters) {
    const redrive = new RedriveDeadLetters(deadLetters, this.publisher, silentLogger);
    return redrive.execute({ filter: {}, limit: 100 });
  }

  async waitForDeadLetters(count: number): Promise<DeadLetter[]> {
    return waitFor(
      `${count} dead letters`,
      async () => {
        const found = await listed(this.deadLetters);
        return found.length === count && found;
      },
      { intervalMs: 200, deadlineMs: 30_000 },
    );
  }

  async findStatus(orderId: string): Promise<string | undefined> {
    return (await this.orders.find(OrderId.of(orderId)))?.order.state.status;
  }

  async hasStatus(orderId: string, status: string): Promise<void> {
    await waitFor(`${orderId} ${status}`, async () => (await this.findStatus(orderId)) === status);
  }

  /** Each change of an order's status that took effect. */
  history(orderId: string): string[] {
    return this.stored.filter(({ order }) => order.id === orderId).map(({ order }) => order.state.status);
  }

  close(): Promise<void> {
    return this.publisher.close();
  }

  private fulfil(orderId: string) {
    const left = this.failures.get(orderId) ?? 0;
    if (left === 0) return Promise.resolve({ kind: 'fulfilled' } as const);
    this.failures.set(orderId, left - 1);
    return Promise.reject(new FulfilmentFailed('not now', { mayBeOutage: false }));
  }
}

/** What becomes of orders that can't be processed, on every messaging system with its dead letters. */
export function deadLetteredOrdersContract(startBroker: () => Promise<OrderTestBroker>): void {
  describe('dead-lettered orders', () => {
    let broker: OrderTestBroker;
    beforeAll(async () => {
      broker = await startBroker();
    });
    afterAll(() => broker.close());

    async function withConsumer(test: (fixture: Fixture) => Promise<void>): Promise<void> {
      const topic = await broker.topic(PARTITIONS);
      const consumers = new ConsumerGroupHarness(topic);
      const fixture = new Fixture(topic, consumers, await broker.openDeadLetters(topic, PARTITIONS));
      try {
        await consumers.start(1);
        await test(fixture);
      } finally {
        await consumers.stop();
        await fixture.close();
      }
    }

    it('are those that can’t be read: as they were, at the first attempt; the others go on', () =>
      withConsumer(async (fixture) => {
        const poison = UNREADABLE.map(([, spoil], index) => spoil(toMessage(order(`bad-${index}`))));
        for (const [index, message] of poison.entries()) {
          await fixture.publish(message, toMessage(order(`good-${index}`)));
        }
        const deadLetters = await fixture.waitForDeadLetters(poison.length);
        for (const { attempts, reason } of deadLetters)
          expect({ attempts, reason }).toEqual(AT_FIRST_ATTEMPT);
        const texts = (values: readonly (Uint8Array | null)[]) =>
          values.map((value) => (value === null ? 'null' : Buffer.from(value).toString('hex'))).sort();
        expect(texts(deadLetters.map(({ message }) => message.value))).toEqual(
          texts(poison.map(({ value }) => value)),
        );
        for (const index of poison.keys()) await fixture.hasStatus(`good-${index}`, 'processed');
      }));

    it.each([
      ['', 0],
      [', also when the first one failed at first', MAX_ATTEMPTS - 1],
    ])('are the second of two under one id with another content%s', (_also, failures) =>
      withConsumer(async (fixture) => {
        fixture.failures.set('one-id', failures);
        await fixture.publish(
          toMessage(order('one-id', 'tea')),
          toMessage(order('one-id', 'coffee')),
          toMessage(order('other-id')),
        );
        const [deadLetter] = await fixture.waitForDeadLetters(1);
        expect(deadLetter).toMatchObject({ reason: 'conflicting', errorCode: 'ORDER.CONFLICTING_CONTENT' });
        expect(Buffer.from(deadLetter?.message.value ?? []).toString()).toContain('coffee');
        const stored = await fixture.orders.find(OrderId.of('one-id'));
        expect(stored?.order.state).toMatchObject({ product: 'tea', status: 'processed' });
        await fixture.hasStatus('other-id', 'processed');
      }),
    );

    it('are parked after their last attempt, and processed once when they are redriven', () =>
      withConsumer(async (fixture) => {
        fixture.failures.set('unlucky', MAX_ATTEMPTS);
        const message = toMessage(order('unlucky'));
        await fixture.publish(message);
        const [deadLetter] = await fixture.waitForDeadLetters(1);
        expect(deadLetter).toMatchObject({ reason: 'exhausted', attempts: MAX_ATTEMPTS, redriveCount: 0 });
        await fixture.hasStatus('unlucky', 'parked');

        expect(await fixture.redrive()).toEqual({ matched: 1, resolved: 1 });
        await fixture.hasStatus('unlucky', 'processed');
        const [first, redriven] = (await fixture.topic.records()).filter(({ key }) => key === 'unlucky');
        expect(redriven?.value).toEqual(first?.value);
        const { 'x-redrive-count': count, ...headers } = redriven?.headers ?? {};
        expect(headers).toEqual(first?.headers);
        expect(Buffer.from(count ?? []).toString()).toBe('1');
        await fixture.waitForDeadLetters(0);
        expect(fixture.history('unlucky')).toEqual(['parked', 'processed']);
      }));

    it('have a higher redrive count when they fail after a redrive, too', () =>
      withConsumer(async (fixture) => {
        await fixture.publish({ ...toMessage(order('poison')), value: Buffer.from('{') });
        for (const redriveCount of [0, 1, 2]) {
          const [deadLetter] = await fixture.waitForDeadLetters(1);
          expect(deadLetter).toMatchObject({ redriveCount, reason: 'invalid' });
          await fixture.redrive();
          await waitFor('the next dead letter', async () => {
            const [next] = await listed(fixture.deadLetters);
            return next?.redriveCount === redriveCount + 1;
          });
        }
      }));

    it('are not lost by a redrive that is killed between publishing and resolving, and are processed once', () =>
      withConsumer(async (fixture) => {
        fixture.failures.set('killed', MAX_ATTEMPTS);
        await fixture.publish(toMessage(order('killed')));
        await fixture.waitForDeadLetters(1);
        const killed: DeadLetters = {
          add: (deadLetter) => fixture.deadLetters.add(deadLetter),
          list: (filter) => fixture.deadLetters.list(filter),
          resolve: () => Promise.reject(new Error('killed')),
        };
        await expect(fixture.redrive(killed)).rejects.toThrow('killed');
        await fixture.hasStatus('killed', 'processed');
        await fixture.waitForDeadLetters(1);

        expect(await fixture.redrive()).toEqual({ matched: 1, resolved: 1 });
        await fixture.waitForDeadLetters(0);
        await waitFor('all three records', async () =>
          (await fixture.topic.committed(fixture.consumers.groupId)).includes(3n),
        );
        expect(fixture.history('killed')).toEqual(['parked', 'processed']);
      }));
  });
}

const AT_FIRST_ATTEMPT = { attempts: 1, reason: 'invalid' };

const bytes = (text: string) => new TextEncoder().encode(text);

const UNREADABLE: readonly [string, (message: EncodedMessage) => EncodedMessage][] = [
  ['not JSON', (message) => ({ ...message, value: bytes('tea, please') })],
  ['not UTF-8', (message) => ({ ...message, value: Uint8Array.of(0x7b, 0xff, 0x7d) })],
  ['another shape', (message) => ({ ...message, value: bytes('["tea"]') })],
  ['an unknown version', (message) => ({ ...message, headers: { ce_type: 'app.order.submitted.v2' } })],
  ['no headers', (message) => ({ ...message, headers: {} })],
  ['no value', (message) => ({ ...message, value: null })],
  ['no key', (message) => ({ ...message, key: null })],
  ['a field __proto__', (message) => ({ ...message, value: bytes('{"__proto__":{"orderId":"x"}}') })],
  ['too deep', (message) => ({ ...message, value: bytes('['.repeat(20_000) + ']'.repeat(20_000)) })],
  ['too big', (message) => ({ ...message, value: bytes(`"${'x'.repeat(70_000)}"`) })],
  ['a broken rule', ({ value, ...message }) => ({ ...message, value: replaced(value, ':2', ':0') })],
];

function replaced(value: Uint8Array | null, from: string, to: string): Uint8Array {
  return bytes(new TextDecoder().decode(value ?? undefined).replace(from, to));
}

function order(orderId: string, product = 'tea'): Order {
  return anOrder().withId(orderId).withProduct(product).placed();
}

function toMessage(of: Order): EncodedMessage {
  return encodeOrderSubmitted(of, { messageId: `m-${of.id}`, correlationId: `c-${of.id}` });
}
