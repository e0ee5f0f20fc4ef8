import type { Admin } from 'kafkajs';
import type { DependencyCheck, DependencyState } from '../engine/dependency-check.js';
import { before } from './deadline.js';
import type { KafkaClient } from './kafka-client.js';

const DEADLINE_MS = 2_000;

/** Whether the brokers answer. kafkajs retries for longer than the check waits, so the client tells why it can't connect. */
export class KafkaCheck implements DependencyCheck {
  readonly name = 'broker';

  constructor(
    private readonly admin: Admin,
    private readonly client: Pick<KafkaClient, 'connectionProblem'>,
  ) {}

  async check(): Promise<DependencyState> {
    try {
      const { brokers } = await before(performance.now() + DEADLINE_MS, this.admin.describeCluster());
      return { status: 'up', detail: `${brokers.length} broker${brokers.length === 1 ? '' : 's'}` };
    } catch (error) {
      const detail =
        this.client.connectionProblem() ?? (error instanceof Error ? error.message : 'no answer');
      return { status: 'down', detail };
    }
  }
}
