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

  /** Starts a service of its own under load, breaks it in the way given, and answers what became of each order. */
  async trial(options: BenchOptions, breaking: (trial: FaultScenario) => Promise<void>): Promise<Outcome> {
    return this.watch(options, async (trial) => {
      await breaking(trial);
      const outcome = await trial.outcome();
      this.outcomes.push(outcome);
      return outcome;
    });
  }

  /** The same without a judgement. */
  async watch<T>(options: BenchOptions, work: (trial: FaultScenario) => Promise<T>): Promise<T> {
    const { brokers = this.kafka.brokers, ...rest } = options;
    const servers = { brokers, databaseUrl: this.postgres.url };
    const trial = await FaultScenario.start(servers, { perSecond: 250, ...rest });
    this.running = trial;
    try {
      return await work(trial);
    } finally {
      await this.stop();
    }
  }

  /** What runs is cut short. */
  async stop(): Promise<void> {
    const { running } = this;
    this.running = undefined;
    await running?.stop();
  }
}
