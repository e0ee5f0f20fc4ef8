import { DeliveryDeadLetters } from '../../src/infrastructure/delivery/delivery-dead-letters.js';
import { encodeOrderSubmitted } from '../../src/application/messages/order-submitted.js';
import { ParkOrder } from '../../src/application/orders/park-order.js';
import type { Fulfilment } from '../../src/application/ports/fulfilment.js';
import { ProcessOrder } from '../../src/application/orders/process-order.js';
import { loadConfig } from '../../src/bootstrap/config/load-config.js';
import type { Order } from '../../src/domain/order/order.js';
import { InMemoryDeadLetterStore } from '../../packages/delivery/src/in-memory/in-memory-dead-letter-store.js';
import { InMemoryOrderRepository } from '../../src/infrastructure/in-memory/in-memory-order-repository.js';
import { DeliveryEngine } from '../../packages/delivery/src/engine/delivery-engine.js';
import type { GroupMember } from '../../packages/delivery/src/engine/record-source.js';
import { OrderMessageHandler } from '../../src/interfaces/messaging/order-message-handler.js';
import { LOG_LINES } from '../../tools/log-lines.js';
import { anOrder } from './an-order.js';
import { ManualTimers } from '../../packages/delivery/test/support/manual-timers.js';
import { RecordingLogger } from '../../packages/delivery/test/support/recording-logger.js';

const utf8 = new TextEncoder();

/** Five replicas with a partition each, default settings, and a fulfilment of the test's, on manual timers. */
export class FiveReplicas {
  readonly timers = new ManualTimers();
  readonly logger = new RecordingLogger();
  readonly engines: DeliveryEngine[] = [];
  /** When each order was fulfilled, in ms, by its id. */
  readonly fulfilledAt = new Map<string, number>();
  /** In ms, by order id. */
  readonly sentAt = new Map<string, number>();
  private readonly orders = new InMemoryOrderRepository();
  private readonly deadLetters = new DeliveryDeadLetters(new InMemoryDeadLetterStore());
  private readonly members: GroupMember[] = [];
  private readonly ends = [0, 0, 0, 0, 0];

  /** @param random a number from 0 up to, but not including, 1 */
  constructor(
    private readonly fulfil: Fulfilment['fulfil'],
    private readonly random: () => number = () => 0.5,
  ) {}

  async start(): Promise<void> {
    const clock = { now: () => new Date(this.timers.now()) };
    const fulfilment: Fulfilment = {
      fulfil: async (order, signal) => {
        const outcome = await this.fulfil(order, signal);
        this.fulfilledAt.set(order.id, this.timers.now());
        return outcome;
      },
    };
    const { delivery, retryPolicy } = loadConfig({}).consumer;
    const processOrder = new ProcessOrder(this.orders, fulfilment, clock);
    for (const index of this.ends.keys()) {
      const surroundings = { timers: this.timers, clock, logger: this.logger, onFailure: nothing };
      const handler = new OrderMessageHandler(
        {
          replica: `replica-${index}`,
          consumerGroup: 'group',
          retryPolicy,
          random: this.random,
        },
        processOrder,
        new ParkOrder(this.orders),
        this.deadLetters,
        this.logger,
      );
      const source = { membership: (member: GroupMember) => this.place(member) };
      const engine = new DeliveryEngine(`replica-${index}`, source, handler, delivery, surroundings);
      await engine.start();
      this.engines.push(engine);
      this.members[index]?.assigned(new Map([[index, { position: 0n, metadata: '' }]]));
    }
  }

  /** Delivers an order to the replica of this number. */
  send(orderId: string, replica: number, product = 'tea'): void {
    const order = anOrder().withId(orderId).withProduct(product).placed();
    const from = BigInt(this.ends[replica] ?? 0);
    this.ends[replica] = Number(from) + 1;
    this.sentAt.set(orderId, this.timers.now());
    const batch = { partition: replica, from, to: from + 1n, records: [toRecord(order, replica, from)] };
    this.members[replica]?.received(batch);
  }

  /** One order a second, to each replica in turn. */
  async sendOneEachSecond(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second++) {
      this.send(`order-${this.timers.now()}`, second % 5);
      await this.timers.pass(1_000);
    }
  }

  /** How many orders there are of each status in the store; `waiting` are those that are in none. */
  async statuses(): Promise<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const id of this.sentAt.keys()) {
      const stored = await this.orders.find(anOrder().withId(id).placed().id);
      const status = stored?.order.state.status ?? 'waiting';
      counts[status] = (counts[status] ?? 0) + 1;
    }
    return counts;
  }

  async deadLettered(): Promise<{ attempts: number; reason: string; errorMessage: string; key: string }[]> {
    const listed = [];
    const { deadLetters } = await this.deadLetters.list({});
    for await (const { attempts, reason, errorMessage, message } of deadLetters) {
      listed.push({ attempts, reason, errorMessage, key: Buffer.from(message.key ?? []).toString() });
    }
    return listed;
  }

  get timesOpened(): number {
    return this.logger.lines.filter(({ message }) => message === LOG_LINES.circuitOpened).length;
  }

  private place(member: GroupMember) {
    this.members.push(member);
    return {
      join: () => Promise.resolve(),
      isActive: () => true,
      pause: nothing,
      resume: nothing,
      commit: () => Promise.resolve(),
      leave: () => Promise.resolve(),
    };
  }
}

const nothing = (): void => undefined;

function toRecord(order: Order, partition: number, offset: bigint) {
  const { key, value, headers } = encodeOrderSubmitted(order, { messageId: 'm-1', correlationId: 'c-1' });
  const bytes = Object.entries(headers).map(([name, text]) => [name, utf8.encode(String(text))] as const);
  return {
    topic: 'app.order.publish',
    partition,
    offset,
    timestamp: 0,
    key: utf8.encode(String(key)),
    value,
    headers: Object.fromEntries(bytes),
  };
}
