import { FulfilmentServer } from './fulfilment-server.js';
import { Installation } from './installation.js';
import { Load } from './load.js';
import { Outsider } from './outsider.js';
import { findTruth } from './truth.js';
import { at, judge, repeated, type Asked, type Findings, type Truth } from './verdict.js';

export interface Servers {
  readonly brokers: readonly string[];
  readonly databaseUrl: string;
}

export interface TrialOptions {
  readonly consumers?: number;
  readonly perSecond?: number;
  readonly workMs?: { readonly min: number; readonly max: number };
  readonly environment?: Readonly<Record<string, string>>;
}

export interface Outcome {
  readonly findings: Findings;
  /** Ids or positions of what was handled again, once for each time, whether that had an effect or not. */
  readonly redelivered: string[];
  /** How many orders got another answer than 202, or none. */
  readonly notAccepted: number;
  readonly asked: Asked;
  readonly truth: Truth;
}

/** How often an order is tried that always fails: `RETRY_MAX_ATTEMPTS`. */
const MAX_ATTEMPTS = 5;

/** The service under a steady load, for somebody to break it; at the end, what became of each order. */
export class Trial {
  /** Whether 5 % of poison, each kind in turn, goes with the load from here on. */
  isPoisoned = false;
  readonly load: Load;

  private constructor(
    private readonly servers: Servers,
    readonly service: Installation,
    readonly outsider: Outsider,
    private readonly fulfilment: FulfilmentServer,
    perSecond: number,
  ) {
    this.load = new Load({
      perSecond,
      post: (order, signal) => service.post(order, signal),
      onTwentieth: async ({ orderId }) => {
        if (this.isPoisoned) await outsider.putPoison(orderId);
      },
    });
  }

  static async start(servers: Servers, options: TrialOptions = {}): Promise<Trial> {
    const { consumers = 5, perSecond = 100, workMs = { min: 20, max: 80 }, environment = {} } = options;
    const fulfilment = await FulfilmentServer.start(workMs);
    const service = await Installation.launch(
      { ...servers, environment: { FULFILMENT_URL: fulfilment.url, ...environment } },
      consumers,
    );
    try {
      await service.database.make();
      await service.settled();
      const outsider = await Outsider.connect(servers.brokers, service.topic);
      return new Trial(servers, service, outsider, fulfilment, perSecond);
    } catch (error) {
      await service.stop();
      await fulfilment.stop();
      throw error;
    }
  }

  /** Ends the load, waits until all of it is done, and looks. */
  async outcome(): Promise<Outcome> {
    const orders = await this.load.stop();
    const asked = { orders, poison: this.outsider.poison };
    const truth = await findTruth(this.service, this.servers.brokers);
    const notAccepted = orders.filter(({ answer }) => answer !== 'accepted').length;
    return { findings: judge(asked, truth), redelivered: this.redelivered(asked, truth), notAccepted, asked, truth };
  }

  async stop(): Promise<void> {
    await this.load.stop();
    await this.outsider.leave();
    await this.service.stop();
    await this.fulfilment.stop();
  }

  private redelivered({ orders }: Asked, { letters }: Truth): string[] {
    const healthy = new Set(orders.map(({ orderId }) => orderId));
    const askedAgain = [...this.fulfilment.asked].flatMap(([orderId, times]) => {
      const rightly = healthy.has(orderId) ? 1 : MAX_ATTEMPTS;
      return Array<string>(Math.max(0, times - rightly)).fill(orderId);
    });
    const doneAlready = this.service.lines('order was carried out already').map(({ orderId = '' }) => orderId);
    return [...askedAgain, ...doneAlready, ...repeated(letters.map(at))];
  }
}
