import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { FAULT_KINDS } from './faults.js';
import { simulate, type Outcome } from './simulation.js';

const { SIMULATION_SEED, SIMULATION_HISTORIES = '2000' } = process.env;
const A_FEW = Array.from({ length: 40 }, (_, index) => index + 1);
/** A lease ends in the middle of an attempt, and the partition stays: so it goes in one history of 600. */
const LETS_GO = 1154;
const TIMEOUT_MS = 60_000 + 300 * Number(SIMULATION_HISTORIES);

type Failure = Pick<Outcome, 'seed' | 'faults' | 'violations'>;

/** Of one seed that is replayed, with all that happened, or of the first ones. */
async function failures(): Promise<Failure[]> {
  if (SIMULATION_SEED !== undefined) {
    const outcome = await simulate(Number(SIMULATION_SEED), true);
    process.stdout.write(`${outcome.notes.join('\n')}\n`);
    return outcome.violations.length > 0 ? [outcome] : [];
  }
  const main = fileURLToPath(new URL('./main.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', main, SIMULATION_HISTORIES],
    { timeout: TIMEOUT_MS, maxBuffer: Infinity },
  );
  return JSON.parse(stdout) as Failure[];
}

function describeFailure({ seed, faults, violations }: Failure): string {
  return [
    `seed ${seed}: ${faults.map(({ kind }) => kind).join(', ')}`,
    ...violations.slice(0, 10).map(({ rule, text }) => `  ${rule}: ${text}`),
    `  replay: SIMULATION_SEED=${seed} npm test -- delivery-simulation`,
  ].join('\n');
}

describe('the delivery engine among models of brokers, stores, dependencies and processes', () => {
  it(
    'keep the chaos rules in every history',
    async () => {
      const failed = await failures();

      expect(`${failed.length} failed\n${failed.slice(0, 10).map(describeFailure).join('\n')}`).toBe(
        '0 failed\n',
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
    for (const seed of [...A_FEW, LETS_GO]) {
      const { faults, history, dispositions } = await simulate(seed);
      for (const { kind } of faults) met.add(kind);
      for (const { status } of history.effects) met.add(status);
      if (history.log.some(({ poison }) => poison)) met.add('poison');
      for (const kind of dispositions) met.add(kind);
      if (history.graceful) met.add('graceful');
      if (history.handled.some(({ times }) => times > 1)) met.add('handled again');
    }

    const ends = ['processed', 'rejected', 'parked', 'poison', 'graceful', 'handled again'];
    const dispositions = ['dead-letter', 'let-go', 'retry', 'suspend', 'unavailable'];
    expect([...met]).toEqual(expect.arrayContaining([...FAULT_KINDS, ...ends, ...dispositions]));
  });
});
