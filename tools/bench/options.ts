import { parseArgs } from 'node:util';

export interface Options {
  readonly quick: boolean;
  readonly rounds: number;
  /** All, when empty. */
  readonly scenarios: readonly string[];
  /** Whether `docs/explanation/benchmark.md` and its plot are written. */
  readonly write: boolean;
}

export const USAGE = `npm run bench -- [options]

Compares this service with others that do the same, one after another on this machine, and writes docs/explanation/benchmark.md.

  --quick            under three minutes: one short round of what the targets need, no growth, and nothing is written
  --rounds N         how often each is measured; 3 by default, 1 with --quick
  --scenarios a,b,…  only these, and nothing is written:
                     ingest, end-to-end, latency, concurrency, bulk, imports, backlog, growth, partitions,
                     idle, observability, live, access
  --write            writes all the same
`;

/** @throws Error with what is wrong */
export function parseOptions(args: readonly string[], known: readonly string[]): Options | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      scenarios: { type: 'string', default: '' },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const scenarios = values.scenarios.split(',').filter((name) => name !== '');
  const unknown = scenarios.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`there is no scenario '${unknown}', but ${known.join(', ')}`);
  const rounds = Number(values.rounds ?? (values.quick ? 1 : 3));
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > 100)
    throw new Error(`--rounds ${values.rounds} must be a whole number from 1 to 100`);
  return {
    quick: values.quick,
    rounds,
    scenarios,
    write: values.write || (!values.quick && scenarios.length === 0),
  };
}
