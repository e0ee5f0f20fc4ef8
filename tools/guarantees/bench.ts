import type { KafkaCluster } from '../dev-servers/kafka-cluster.js';
import type { PostgresServer } from '../dev-servers/postgres-server.js';
import { FaultScenario, type Outcome, type FaultScenarioOptions } from '../../test/support/fault-scenario.js';

export interface BenchOptions extends FaultScenarioOptions {
  /** Other ones than the bench's own. */
  readonly brokers?: readonly string[];
}

/** What the scenarios run on, one after another, and what became of the orders in all of them. */
export class Bench {
  readonly outcomes: Outcome[] = [];
  private running: FaultScenario | undefined;

  constructor(
    readonly kafka: KafkaCluster,
    readonly postgres: PostgresServer,
    /** Has a server stopped at the end, whatever happens. */
    readonly keep: <Server extends { stop(): Promise<unknown> }>(
      starting: Promise<Server>,
    ) => Promise<Server>,
  ) {}

  /** Starts a service of its own under load, breaks it in the given way, and returns what became of each order. */
  async run(options: BenchOptions, breaking: (scenario: FaultScenario) => Promise<void>): Promise<Outcome> {
    return this.watch(options, async (scenario) => {
      await breaking(scenario);
      const outcome = await scenario.outcome();
      this.outcomes.push(outcome);
      return outcome;
    });
  }

  /** The same without a judgement: returns what `work` returns. */
  async watch<T>(options: BenchOptions, work: (scenario: FaultScenario) => Promise<T>): Promise<T> {
    const { brokers = this.kafka.brokers, ...rest } = options;
    const servers = { brokers, databaseUrl: this.postgres.url };
    const scenario = await FaultScenario.start(servers, { perSecond: 250, ...rest });
    this.running = scenario;
    try {
      return await work(scenario);
    } finally {
      await this.stop();
    }
  }

  /** Stops the scenario that runs. */
  async stop(): Promise<void> {
    const { running } = this;
    this.running = undefined;
    await running?.stop();
  }
}
