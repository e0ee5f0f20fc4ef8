import { fineConditions, type Conditions } from './conditions.js';
import type { Fault } from './faults.js';
import type { ModelReplica } from './model-replica.js';
import type { Workload } from './workload.js';
import type { World } from './world.js';

/** Without so many different items an outage can't be told from an item's own fault. */
const ITEMS_IN_AN_OUTAGE = 12;

const nothing = (): void => undefined;

/** Makes the faults of a plan happen, and ends each in its time. */
export function injectFaults(
  plan: readonly Fault[],
  world: World,
  replicas: readonly ModelReplica[],
  workload: Workload,
): void {
  for (const fault of plan) {
    world.scheduler.after(fault.at, () => {
      world.note(`fault: ${fault.kind} for ${fault.forMs} ms`);
      const replica = replicas[fault.replica];
      if (replica === undefined) throw new RangeError(`there is no replica ${fault.replica}`);
      world.scheduler.after(fault.forMs, begin(fault, world, replica, workload));
    });
  }
}

/** Returns what ends it. */
function begin({ kind }: Fault, world: World, replica: ModelReplica, workload: Workload): () => void {
  const start = () => {
    replica.start();
  };
  switch (kind) {
    case 'start':
      start();
      return nothing;
    case 'stop and start':
      replica.stop();
      return start;
    case 'pause':
      replica.pause();
      return () => {
        replica.resume();
      };
    case 'crash':
      replica.crash();
      return nothing;
    case 'crash and start':
      replica.crash();
      return start;
    case 'freeze':
      return replica.freeze();
    case 'freeze and replace': {
      const thaw = replica.freeze();
      replica.replace();
      return thaw;
    }
    case 'coordinator unavailable':
      world.coordinator.beUnavailable();
      return () => {
        world.coordinator.beAvailable();
      };
    case 'store unavailable':
      return change(world, { storeUnavailable: true });
    case 'responses lost':
      return change(world, { lostResponses: 0.5 });
    case 'calls fail':
      workload.burst(ITEMS_IN_AN_OUTAGE);
      return change(world, { callsFail: true });
    case 'calls unavailable':
      return change(world, { callsUnavailable: true });
    case 'dead letters unavailable':
      return change(world, { deadLettersUnavailable: true });
    case 'stray batches':
      return change(world, { strayBatches: 0.3 });
    case 'commits lost':
      return change(world, { lostCommits: 0.7 });
    case 'slow network':
      return change(world, { latencyMs: 300 });
  }
}

/** Of two such faults at a time the first one that ends ends both. */
function change({ conditions }: World, changes: Partial<Conditions>): () => void {
  Object.assign(conditions, changes);
  return () => {
    const fine = fineConditions();
    const before = Object.keys(changes).map((name) => [name, fine[name as keyof Conditions]]);
    Object.assign(conditions, Object.fromEntries(before));
  };
}
