import type { Admin } from 'kafkajs';
import type { DependencyState } from '../engine/dependency-check.js';
import { before } from '../engine/deadline.js';
import type { KafkaClient } from './kafka-client.js';

const DEADLINE_MS = 2_000;

/** Whether the brokers respond. kafkajs retries for longer than this waits, so the client says why it can't connect. */
export async function checkBrokers(
  admin: Pick<Admin, 'describeCluster'>,
  client: Pick<KafkaClient, 'connectionProblem'>,
): Promise<DependencyState> {
  try {
    const { brokers } = await before(DEADLINE_MS, admin.describeCluster());
    return { status: 'up', detail: `${brokers.length} broker${brokers.length === 1 ? '' : 's'}` };
  } catch (error) {
    const detail = client.connectionProblem() ?? (error instanceof Error ? error.message : 'no response');
    return { status: 'down', detail };
  }
}
