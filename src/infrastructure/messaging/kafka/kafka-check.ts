import type { Admin } from 'kafkajs';
import type { DependencyCheck, DependencyState } from '../../../application/ports/dependency-check.js';
import { before } from './deadline.js';

const DEADLINE_MS = 2_000;

/** Whether the brokers answer. */
export class KafkaCheck implements DependencyCheck {
  readonly name = 'broker';

  constructor(private readonly admin: Admin) {}

  async check(): Promise<DependencyState> {
    try {
      const { brokers } = await before(performance.now() + DEADLINE_MS, this.admin.describeCluster());
      return { status: 'up', detail: `${brokers.length} broker${brokers.length === 1 ? '' : 's'}` };
    } catch (error) {
      return { status: 'down', detail: error instanceof Error ? error.message : 'no answer' };
    }
  }
}
