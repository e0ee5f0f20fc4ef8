import { violationsOf } from './chaos-rules.js';
import { planFaults, type Fault } from './faults.js';
import type { History, LoggedOrder } from './history.js';
import { injectFaults } from './inject-faults.js';
import { ModelReplica } from './model-replica.js';
import { Workload } from './workload.js';
import { World } from './world.js';

/** A history that was made out of a seed, and what is wrong with it. */
export interface Outcome {
  readonly seed: number;
  readonly faults: readonly Fault[];
  readonly history: History;
  readonly violations: readonly { readonly rule: string; readonly text: string }[];
  /** What happened, a line each. */
  readonly notes: readonly string[];
  /** What the handler decided, each kind once. */
  readonly dispositions: readonly string[];
}

const TRICKLE_MS = 2_000;

/** Runs replicas of the real engine in a model of everything else. The same seed makes the same history. */
export async function simulate(seed: number, isVerbose = false): Promise<Outcome> {
  const world = new World(seed, isVerbose);
  const { scheduler, settings, random } = world;
  const workload = new Workload(world.log, scheduler, random.fork(), settings);
  const replicas = Array.from(
    { length: settings.replicas },
    (_, index) => new ModelReplica(`replica-${index}`, world),
  );
  const faults = planFaults(random.fork(), settings);
  workload.schedule();
  injectFaults(faults, world, replicas, workload);
  for (const replica of replicas.slice(0, random.int(1, replicas.length))) replica.start();

  const lastFaultAt = Math.max(settings.forMs, ...faults.map(({ at, forMs }) => at + forMs));
  await runUntil(world, () => scheduler.now > lastFaultAt);
  if (!replicas.some(({ isUp }) => isUp)) replicas[0]?.start();
  const stopTrickle = trickle(world, workload, replicas);
  await runUntil(world, () => world.isDrained, settings.drainWithinMs);
  stopTrickle();
  const drainedAt = world.isDrained ? { drainedAt: scheduler.now } : {};
  for (const replica of replicas) replica.stop();
  await runUntil(world, () => !replicas.some(({ isUp }) => isUp), 4 * settings.stopDeadlineMs);
  for (const { id } of replicas.filter(({ isUp }) => isUp))
    world.unexpected(new Error(`${id} does not stop`));

  const history = { ...historyOf(world, workload), lastFaultAt, ...drainedAt };
  const violations = [...violationsOf(history), ...world.brokenPromises()];
  const dispositions = [...world.watch.dispositions].sort();
  return { seed, faults, history, violations, notes: world.notes, dispositions };
}

async function runUntil({ scheduler }: World, isReached: () => boolean, withinMs = Infinity): Promise<void> {
  const end = scheduler.now + withinMs;
  while (!isReached() && scheduler.now < end && (await scheduler.step()));
}

/** Only records to come can show a replica that there is no outage, where all that it has fails by itself. */
function trickle({ scheduler }: World, workload: Workload, replicas: readonly ModelReplica[]): () => void {
  let cancel: () => void;
  const next = () => {
    cancel = scheduler.after(TRICKLE_MS, () => {
      if (replicas.some(({ isSuspended }) => isSuspended)) workload.burst(1);
      next();
    });
  };
  next();
  return () => {
    cancel();
  };
}

function historyOf(world: World, { requests, logged }: Workload) {
  const { log, settings, deadLetters, store, commits, watch } = world;
  return {
    requests,
    log: logged.map((record) => ({ ...record, mayBeGivenUp: mayBeGivenUp(record, world) })),
    letters: deadLetters.appended,
    effects: store.history,
    commits,
    final: Array.from({ length: log.partitionCount }, (_, partition) => ({
      partition,
      committed: world.committedUpTo(partition),
      end: log.end(partition),
    })),
    handled: [...watch.handled].map(([place, times]) => {
      const [partition = 0, offset = 0] = place.split('@').map(Number);
      return { partition, offset, times };
    }),
    graceful: settings.gentle,
    drainWithinMs: settings.drainWithinMs,
  };
}

/** Few items that fail in an outage can't be told from items that fail by themselves. */
function mayBeGivenUp(
  { partition, offset, order, poison }: LoggedOrder,
  { dependency, watch }: World,
): boolean {
  const failedInnocently = order !== undefined && dependency.failedInnocently.has(order.orderId);
  return poison || (failedInnocently && watch.deadLetteredAlone.has(`${partition}@${offset}`));
}
