import { saturate, type Headers } from './load.js';
import type { Column, Measured, Row, Table } from './results.js';
import { RunningSystem, type Cost } from './running-system.js';
import type { Play } from './play.js';
import type { Servers } from './servers.js';
import { ALTERNATIVES, BULLMQ, NEST, type System } from './systems.js';

/** How long and how often is measured, and on what. */
export interface Bench {
  readonly servers: Servers;
  readonly rounds: number;
  readonly quick: boolean;
  readonly say: (line: string) => void;
  /** A system could not be measured. */
  readonly failed: (name: string, error: unknown) => void;
}

export type Scenario = (bench: Bench) => Promise<Table>;

/** In a hurry, those that the targets are about. */
export const alternatives = ({ quick }: Bench): readonly System[] => (quick ? [NEST, BULLMQ] : ALTERNATIVES);

/** Node takes up to fifteen seconds to compile what is hot, until which a system does half of what it can. */
export const warmUpSeconds = ({ quick }: Bench): number => (quick ? 2 : 15);
const WINDOW_SECONDS = 5;
const WARM_WITHIN_SECONDS = 60;
/** Two windows that differ by less are alike. */
const ALIKE = 0.05;
export const DRAINED_WITHIN_MS = 180_000;
export const COSTS: readonly Column[] = [
  { key: 'cpuUs', title: 'CPU µs an order' },
  { key: 'peakMb', title: 'peak MB' },
];
/** How fast, and at what cost. */
export const RATE_AND_COSTS: readonly Column[] = [{ key: 'perSecond', title: 'orders/s' }, ...COSTS];

/**
 * Each system alone, in turn, round after round, and each round begins with another one: the machine may be slower at first.
 * One that fails lacks that round.
 */
export async function eachSystem(
  bench: Bench,
  systems: readonly System[],
  play: Partial<Play>,
  measure: (running: RunningSystem, system: System) => Promise<Measured>,
): Promise<Row[]> {
  const present = systems.filter(({ needs }) => needs === undefined || bench.servers.has(needs));
  const rows = new Map<string, Measured[]>(present.map(({ name }) => [name, []]));
  for (let round = 1; round <= bench.rounds; round++) {
    const first = (round - 1) % present.length;
    for (const system of [...present.slice(first), ...present.slice(0, first)]) {
      bench.say(`round ${round} of ${bench.rounds}: ${system.name}`);
      try {
        const running = await RunningSystem.start(system, bench.servers, play);
        try {
          rows.get(system.name)?.push(await measure(running, system));
        } finally {
          await running.stop();
        }
      } catch (error) {
        bench.failed(system.name, error);
      }
    }
  }
  return [...rows].map(([name, rounds]) => ({ name, rounds }));
}

/** What a system did while it was warmed. */
export interface WarmUp {
  /** In the first five seconds. */
  readonly coldPerSecond: number;
  readonly accepted: number;
}

/** Until it is as fast in five seconds as in the five before, for a minute at most: the JVM takes longer than Node. */
export async function warmUp(url: string, { quick }: Bench, headers: Headers = {}): Promise<WarmUp> {
  const windowSeconds = quick ? 2 : WINDOW_SECONDS;
  const first = await saturate(url, windowSeconds, { headers });
  let { accepted } = first;
  let [last, isWarm] = [first.perSecond, quick];
  for (let seconds = windowSeconds; !isWarm && seconds < WARM_WITHIN_SECONDS; seconds += windowSeconds) {
    const next = await saturate(url, windowSeconds, { headers });
    accepted += next.accepted;
    isWarm = Math.abs(next.perSecond / last - 1) < ALIKE;
    last = next.perSecond;
  }
  return { coldPerSecond: first.perSecond, accepted };
}

/** What so many orders took; the peak is that since the start. */
export function costOf(before: Cost, after: Cost, orders: number): { cpuUs: number; peakMb: number } {
  return { cpuUs: ((after.cpuMs - before.cpuMs) * 1_000) / orders, peakMb: after.peakMb };
}
