import { violationsOf, type Violation } from '../../packages/delivery/test/simulation/chaos-rules.js';
import type { OrderRequest } from '../../packages/delivery/test/simulation/history.js';
import { LOG_LINES } from '../../tools/log-lines.js';
import { FulfilmentServer } from './fulfilment-server.js';
import { Installation } from './installation.js';
import { Load, PRODUCT, type SentOrder } from './load.js';
import { RogueProducer } from './rogue-producer.js';
import { StateInspector, type Inspection } from './state-inspector.js';

export interface Servers {
  readonly brokers: readonly string[];
  readonly databaseUrl: string;
}

export interface FaultScenarioOptions {
  readonly consumers?: number;
  readonly perSecond?: number;
  readonly workMs?: { readonly min: number; readonly max: number };
  readonly environment?: Readonly<Record<string, string>>;
}

export interface Outcome extends Inspection {
  /** Of the chaos rules. */
  readonly violations: readonly Violation[];
  /** Ids or places of what was redelivered, once for each time, whether that had an effect or not. */
  readonly redelivered: readonly string[];
  readonly orders: readonly SentOrder[];
  readonly notAccepted: number;
}

/** The service under a steady load, for a test to break it; at the end, what became of each order. */
export class FaultScenario {
  /** Whether 5 % of poison, each kind in turn, goes with the load from here on. */
  isPoisoned = false;
  readonly load: Load;

  private constructor(
    readonly service: Installation,
    readonly rogueProducer: RogueProducer,
    private readonly inspector: StateInspector,
    private readonly fulfilment: FulfilmentServer,
    perSecond: number,
  ) {
    this.load = new Load({
      perSecond,
      post: (order, signal) => service.post(order, signal),
      onTwentieth: async ({ orderId }) => {
        if (this.isPoisoned) await rogueProducer.putPoison(orderId);
      },
    });
  }

  static async start(servers: Servers, options: FaultScenarioOptions = {}): Promise<FaultScenario> {
    const { consumers = 5, perSecond = 100, workMs = { min: 20, max: 80 }, environment = {} } = options;
    const fulfilment = await FulfilmentServer.start(workMs);
    const service = await Installation.launch(
      { ...servers, environment: { FULFILMENT_URL: fulfilment.url, ...environment } },
      consumers,
    );
    try {
      await service.database.make();
      await service.settled();
      const inspector = await StateInspector.connect(servers.brokers, service);
      await inspector.stampDeadLetters();
      const rogueProducer = await RogueProducer.connect(servers.brokers, service.topic);
      return new FaultScenario(service, rogueProducer, inspector, fulfilment, perSecond);
    } catch (error) {
      await Promise.all([service.stop(), fulfilment.stop()]);
      throw error;
    }
  }

  /** Ends the load, waits until all of it is processed, and looks. */
  async outcome(): Promise<Outcome> {
    const orders = await this.load.stop();
    const inspection = await this.inspector.inspect([
      ...orders.map(toRequest),
      ...this.rogueProducer.puts.flatMap(({ order }) =>
        order === undefined
          ? []
          : [{ orderId: order.orderId, content: order.product, answer: 'success' as const }],
      ),
    ]);
    return {
      ...inspection,
      violations: violationsOf(inspection),
      redelivered: this.redelivered(inspection),
      orders,
      notAccepted: orders.filter(({ answer }) => answer !== 'success').length,
    };
  }

  async stop(): Promise<void> {
    await this.load.stop();
    await this.rogueProducer.close();
    await this.inspector.close();
    await this.service.stop();
    await this.fulfilment.stop();
  }

  private redelivered({ letters }: Inspection): string[] {
    const fulfilledAgain = [...this.fulfilment.done].flatMap(([orderId, times]) =>
      Array<string>(times - 1).fill(orderId),
    );
    const processedBefore = this.service.log
      .lines(LOG_LINES.alreadyProcessed)
      .map(({ orderId = '' }) => orderId);
    const again = [...fulfilledAgain, ...processedBefore];
    // not redelivered: the same delivery was retried, as fulfilment or the store failed
    for (const { message, key = '' } of this.service.log.entries) {
      if (message.startsWith(LOG_LINES.willBeRetried) && again.includes(key))
        again.splice(again.indexOf(key), 1);
    }
    const places = letters.map(({ partition, offset }) => `${partition}@${offset}`);
    const deadLetteredAgain = places.filter((place, index) => places.indexOf(place) < index);
    return [...again, ...deadLetteredAgain];
  }
}

function toRequest({ orderId, answer, place }: SentOrder): OrderRequest {
  return { orderId, content: PRODUCT, answer, ...(place && { place }) };
}
