import type { Random } from '../../packages/delivery/test/simulation/random.js';
import type { FaultSpan } from './chaos-history.js';
import type { Fault } from './faults/fault.js';
import type { Stage } from './stage.js';

const GAP_MS = { min: 500, max: 3_000 };
/** Every replica has a trial of its circuit breaker before the next outage, after `Retry-After` too, and processes its orders. */
const QUIET_GAP_MS = { min: 6_000, max: 10_000 };

/** One fault after another on each track, the tracks concurrently, until the stage's signal; returns what happened. */
export async function injectAll(
  stage: Stage,
  faults: readonly Fault[],
  random: Random,
  onChange: (active: readonly string[]) => void,
): Promise<FaultSpan[]> {
  const spans: FaultSpan[] = [];
  const active = new Set<string>();
  const gate = new Gate();
  const tracks = [...new Set(faults.map(({ track }) => track))];
  const inject = async (fault: Fault, numbers: Random): Promise<void> => {
    const { kind, track } = fault;
    const leave = await gate.enter(fault.alone === true);
    const from = Date.now();
    active.add(kind);
    onChange([...active]);
    try {
      if (!stage.signal.aborted) await fault.inject(stage, numbers);
      spans.push({ kind, track, from, to: Date.now() });
    } catch (error) {
      spans.push({ kind, track, from, to: Date.now(), failure: String(error) });
    } finally {
      if (track === 'replicas') await stage.restartEnded();
      active.delete(kind);
      onChange([...active]);
      leave();
    }
  };
  const runs = tracks.map(async (track) => {
    const numbers = random.fork();
    const deck = deckOf(
      faults.filter((fault) => fault.track === track),
      numbers,
    );
    for (const fault of deck) {
      if (stage.signal.aborted) break;
      await inject(fault, numbers.fork());
      const { min, max } = stage.isQuiet ? QUIET_GAP_MS : GAP_MS;
      await stage.hold(numbers.int(min, max));
    }
  });
  await Promise.all(runs);
  return spans;
}

/** First those that come once, in their order; then all others, shuffled again and again. */
export function* deckOf(faults: readonly Fault[], random: Random): Generator<Fault, undefined> {
  yield* faults.filter(({ once }) => once);
  const others = faults.filter(({ once }) => !once);
  while (others.length > 0) {
    const left = [...others];
    while (left.length > 0) yield* left.splice(random.int(0, left.length - 1), 1);
  }
  return undefined;
}

/** Lets many in concurrently, or one alone, in the order in which they came. */
class Gate {
  private inside = 0;
  private isAlone = false;
  private readonly waiting: { readonly alone: boolean; readonly enter: () => void }[] = [];

  /** Resolves with what to call at the end. */
  async enter(alone: boolean): Promise<() => void> {
    await new Promise<void>((resolve) => {
      this.waiting.push({ alone, enter: resolve });
      this.admit();
    });
    return () => {
      this.inside--;
      this.isAlone = false;
      this.admit();
    };
  }

  private admit(): void {
    for (let next = this.waiting[0]; next !== undefined; next = this.waiting[0]) {
      if (this.isAlone || (next.alone && this.inside > 0)) return;
      this.waiting.shift();
      this.inside++;
      this.isAlone = next.alone;
      next.enter();
    }
  }
}
