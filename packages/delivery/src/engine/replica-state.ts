import type { CircuitBreaker } from './circuit-breaker.js';
import type { DependencyState } from './dependency-check.js';
import type { PartitionDelivery } from './partition-delivery.js';
import type { Membership } from './record-source.js';

/** Whether a replica is a member of its group, and neither a record nor a dead letter of it waits for a dependency. */
export function replicaState(
  failure: Error | undefined,
  membership: Membership,
  circuitBreaker: CircuitBreaker,
  partitions: ReadonlyMap<number, PartitionDelivery>,
): DependencyState {
  if (failure !== undefined) return { status: 'down', detail: failure.message };
  if (!membership.isActive()) {
    const why = membership.problem === undefined ? '' : `: ${membership.problem}`;
    return { status: 'down', detail: `not a member of the group${why}` };
  }
  const deliveries = [...partitions.values()];
  // with nothing pending nothing waits, and nothing can show that the dependency is available again
  if (circuitBreaker.isOpen && deliveries.some(({ isEmpty }) => !isEmpty)) {
    return { status: 'down', detail: `circuit breaker open: ${circuitBreaker.reason}` };
  }
  const deadLetters = deliveries.reduce((sum, { pendingDeadLetters }) => sum + pendingDeadLetters, 0);
  if (deadLetters > 0) {
    return { status: 'down', detail: `records that can’t be dead-lettered: ${deadLetters}` };
  }
  return { status: 'up', detail: `partitions ${[...partitions.keys()].join(', ') || 'none'}` };
}
