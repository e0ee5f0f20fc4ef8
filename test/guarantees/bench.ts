import type { KafkaCluster } from '../../local/kafka-cluster.js';
import type { PostgresServer } from '../../local/postgres-server.js';
import { Trial, type Outcome, type TrialOptions } from '../support/trial.js';

/** What the scenarios run on, one after another, and all that became of the orders in them. */
export class Bench {
  readonly outcomes: Outcome[] = [];
  private running: Trial | undefined;

  constructor(
    readonly kafka: KafkaCluster,
    readonly postgres: PostgresServer,
  ) {}

  /** Breaks a service of its own in the way given, and answers what became of it. */
  async trial(
    options: TrialOptions & { readonly brokers?: readonly string[] },
    breaking: (trial: Trial) => Promise<void>,
  ): Promise<Outcome> {
    const { brokers = this.kafka.brokers, ...rest } = options;
    this.running = await Trial.start(
      { brokers, databaseUrl: this.postgres.url },
      { perSecond: 250, ...rest },
    );
    try {
      await breaking(this.running);
      const outcome = await this.running.outcome();
      this.outcomes.push(outcome);
      return outcome;
    } finally {
      await this.running.stop();
    }
  }
}
