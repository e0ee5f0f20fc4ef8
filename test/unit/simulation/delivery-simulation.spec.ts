import { describe, expect, it } from '@jest/globals';
import { FAULT_KINDS } from '../../simulation/faults.js';
import { simulate, type Outcome } from '../../simulation/simulation.js';

const { SIMULATION_SEED, SIMULATION_HISTORIES = '2000' } = process.env;
/** One seed that is replayed, or the first ones. */
const SEEDS =
  SIMULATION_SEED === undefined ? seedsUpTo(Number(SIMULATION_HISTORIES)) : [Number(SIMULATION_SEED)];
const A_FEW = seedsUpTo(40);
const TIMEOUT_MS = 60_000 + 300 * SEEDS.length;

function seedsUpTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

function failureOf({ seed, faults, violations }: Outcome): string {
  return [
    `seed ${seed}: ${faults.map(({ kind }) => kind).join(', ')}`,
    ...violations.slice(0, 10).map(({ rule, text }) => `  ${rule}: ${text}`),
    `  replay: SIMULATION_SEED=${seed} npm test -- delivery-simulation`,
  ].join('\n');
}

describe('the delivery engine and its handler, among model brokers, stores and processes', () => {
  it(
    'keep the chaos rules in every history',
    async () => {
      const failures: string[] = [];
      for (const seed of SEEDS) {
        const outcome = await simulate(seed, SIMULATION_SEED !== undefined);
        if (SIMULATION_SEED !== undefined) process.stdout.write(`${outcome.notes.join('\n')}\n`);
        if (outcome.violations.length > 0) failures.push(failureOf(outcome));
      }

      expect(`${failures.length} of ${SEEDS.length} failed\n${failures.slice(0, 10).join('\n')}`).toBe(
        `0 of ${SEEDS.length} failed\n`,
      );
    },
    TIMEOUT_MS,
  );

  it('make the same history of the same seed, byte for byte', async () => {
    for (const seed of A_FEW) {
      const [one, other] = [await simulate(seed), await simulate(seed)];

      expect(JSON.stringify(other)).toBe(JSON.stringify(one));
    }
  });

  it('meet every fault, and every end of a record', async () => {
    const met = new Set<string>();
    for (const seed of A_FEW) {
      const { faults, history } = await simulate(seed);
      for (const { kind } of faults) met.add(kind);
      for (const { status } of history.effects) met.add(status);
      if (history.log.some(({ poison }) => poison)) met.add('poison');
      if (history.graceful) met.add('graceful');
      if (history.handled.some(({ times }) => times > 1)) met.add('handled again');
    }

    const ends = ['processed', 'rejected', 'parked', 'poison', 'graceful', 'handled again'];
    expect([...met]).toEqual(expect.arrayContaining([...FAULT_KINDS, ...ends]));
  });
});
