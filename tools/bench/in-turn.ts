import { warmUp, type Bench } from './measure.js';
import type { Measured, Row } from './results.js';
import type { Play } from './play.js';
import { RunningSystem } from './running-system.js';
import type { System } from './systems.js';
import { whenDrained } from './throughput.js';

/** What a system did in one turn. */
export interface Turn {
  readonly orders: number;
  readonly seconds: number;
  readonly cpuUs: number;
  readonly peakMb: number;
}

/** What is compared differs by a few per cent, so it takes more rounds than what differs by a factor. */
const ROUNDS = 3;
/** Of each system in a round. */
const TURNS = 6;
export const TURN_SECONDS = 4;

/** How it is measured, for a text. */
export const IN_TURN = `In each round all of them run, each time another one is the first to start, and each gets orders for ${TURN_SECONDS} s in turn, ${TURNS} times.`;

/**
 * `share` is how many orders a second a system does for each that the first one does. All run, and one after the other gets
 * orders for a few seconds, again and again: the machine changes within a round, too.
 */
export async function compareInTurn(
  bench: Bench,
  systems: readonly System[],
  play: Partial<Play>,
  turn: (running: RunningSystem) => Promise<Turn>,
): Promise<Row[]> {
  const rows = systems.map(({ name }) => ({ name, rounds: [] as Measured[] }));
  const count = bench.quick ? bench.rounds : bench.rounds * ROUNDS;
  for (let round = 1; round <= count; round++) {
    bench.say(`round ${round} of ${count}: ${systems.map(({ name }) => name).join(' | ')}`);
    try {
      const measured = await oneRound(bench, systems, play, round, turn);
      const first = measured[0]?.perSecond ?? NaN;
      for (const [index, each] of measured.entries())
        rows[index]?.rounds.push({ share: each.perSecond / first, ...each });
    } catch (error) {
      bench.failed(`round ${round}`, error);
    }
  }
  return rows;
}

async function oneRound(
  bench: Bench,
  systems: readonly System[],
  play: Partial<Play>,
  round: number,
  turn: (running: RunningSystem) => Promise<Turn>,
) {
  const turns = bench.quick ? 2 : TURNS;
  const running: RunningSystem[] = [];
  const totals = systems.map(() => ({ orders: 0, seconds: 0, cpuUs: 0, peakMb: 0 }));
  try {
    const places = Array.from(systems.keys(), (place) => (place + round) % systems.length);
    for (const place of places) {
      const system = systems[place];
      if (system !== undefined) running[place] = await RunningSystem.start(system, bench.servers, play);
    }
    for (const place of places) {
      const each = running[place];
      if (each === undefined) continue;
      const { accepted } = await warmUp(each.url, bench, each.headers);
      if (play.role !== 'api') await whenDrained(each, accepted + 1);
    }
    for (let number = 0; number < turns; number++) {
      for (const place of systems.keys()) {
        const index = (place + number + round) % systems.length;
        const [each, total] = [running[index], totals[index]];
        if (each === undefined || total === undefined) continue;
        const { orders, seconds, cpuUs, peakMb } = await turn(each);
        total.orders += orders;
        total.seconds += seconds;
        total.cpuUs += cpuUs * orders;
        total.peakMb = peakMb;
      }
    }
  } finally {
    await Promise.all(Object.values(running).map((each) => each.stop())); // with holes, when one did not start
  }
  return totals.map(({ orders, seconds, cpuUs, peakMb }) => ({
    perSecond: orders / seconds,
    cpuUs: cpuUs / orders,
    peakMb,
  }));
}
