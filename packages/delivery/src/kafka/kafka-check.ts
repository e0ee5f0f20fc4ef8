import type { Admin } from 'kafkajs';
import type { DependencyState } from '../engine/dependency-check.js';
import { before } from '../engine/deadline.js';
import type { KafkaClient } from './kafka-client.js';
import { isNotAuthorized } from './protocol-error.js';

const DEADLINE_MS = 2_000;

/**
 * Whether the brokers respond, and let this user do its work. kafkajs retries for longer than this waits, so the client says
 * why it can't connect.
 * @param missingRight in words; `undefined` when there is none
 */
export async function checkBrokers(
  admin: Pick<Admin, 'describeCluster'>,
  client: Pick<KafkaClient, 'connectionProblem'>,
  missingRight: () => Promise<string | undefined> = () => Promise.resolve(undefined),
): Promise<DependencyState> {
  const asked = before(DEADLINE_MS, missingRight()).catch(refusal);
  try {
    const { brokers } = await before(DEADLINE_MS, admin.describeCluster());
    const detail = await asked;
    if (detail !== undefined) return { status: 'down', detail };
    return { status: 'up', detail: `${brokers.length} broker${brokers.length === 1 ? '' : 's'}` };
  } catch (error) {
    const detail = client.connectionProblem() ?? (error instanceof Error ? error.message : 'no response');
    return { status: 'down', detail };
  }
}

/** That the rights can't be asked for now says nothing about them. */
function refusal(error: unknown): string | undefined {
  return isNotAuthorized(error) ? error.message : undefined;
}
