import { parseArgs } from 'node:util';

export interface ChaosOptions {
  readonly seed: number;
  readonly minutes: number;
  readonly brokers: 1 | 3;
  /** Of the topic. */
  readonly partitions: number;
  /** Requests a second. */
  readonly rate: number;
  /** The kinds to choose from; all, when empty. */
  readonly faults: readonly string[];
  /** A quiet load, and nothing goes wrong but that fulfilment is unavailable. */
  readonly quiet: boolean;
  /** The name of a wrong service. */
  readonly mutant?: string;
}

export type Command =
  | { readonly kind: 'run'; readonly options: ChaosOptions }
  | { readonly kind: 'judge'; readonly file: string }
  | { readonly kind: 'mutants'; readonly names: readonly string[] }
  | { readonly kind: 'help' };

export const USAGE = `npm run chaos -- [options]

Injects faults into the service on a real Kafka and PostgreSQL, with an API and five consumers, each a process, and
judges it by what lies in Kafka and in the store. The last line is PASSED or FAILED; exit code 0 or 1, 2 when the options are wrong.

  --minutes N        how long the faults go on; 2 by default, 4 with --quiet, fractions allowed
  --seed N           the same orders and faults again; a new one by default, which is printed
  --rate N           requests a second; 60 by default, 1 with --quiet, fractions allowed
  --brokers 1|3      1 by default; with 3, leaders move
  --partitions N     of the topic; 5 by default
  --faults a,b,…     only these kinds, see below; all by default
  --quiet            a quiet load of valid orders; the only fault is that fulfilment is unavailable, in each way
  --mutant NAME      a wrong service in place of ours, see tools/chaos/mutants
  --mutants [NAME …] each wrong service in turn, under the faults that show it; succeeds when each is caught by its rule
  --judge FILE       judges the history of a run again
`;

/** @throws Error with what is wrong */
export function parseOptions(
  args: readonly string[],
  known: { readonly faults: readonly string[]; readonly mutants: readonly string[] },
): Command {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      minutes: { type: 'string' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
      rate: { type: 'string' },
      brokers: { type: 'string', default: '1' },
      partitions: { type: 'string', default: '5' },
      faults: { type: 'string', default: '' },
      quiet: { type: 'boolean', default: false },
      mutant: { type: 'string' },
      mutants: { type: 'boolean', default: false },
      judge: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return { kind: 'help' };
  mustBeAmong('wrong service', known.mutants, values.mutants ? positionals : [values.mutant ?? []].flat());
  if (values.mutants) return { kind: 'mutants', names: positionals };
  if (positionals.length > 0) throw new Error(`'${positionals[0]}' is not understood`);
  if (values.judge !== undefined) return { kind: 'judge', file: values.judge };
  const faults = values.faults.split(',').filter((kind) => kind !== '');
  mustBeAmong('fault', known.faults, faults);
  if (values.brokers !== '1' && values.brokers !== '3') throw new Error('--brokers must be 1 or 3');
  const { quiet, minutes = quiet ? '4' : '2', rate = quiet ? '1' : '60' } = values;
  const options: ChaosOptions = {
    seed: numberOf('seed', values.seed, 0, 2 ** 32),
    minutes: numberOf('minutes', minutes, 0.1, 24 * 60),
    rate: numberOf('rate', rate, 0.1, 5_000),
    brokers: values.brokers === '1' ? 1 : 3,
    partitions: numberOf('partitions', values.partitions, 1, 1_000),
    faults,
    quiet,
    ...(values.mutant !== undefined && { mutant: values.mutant }),
  };
  return { kind: 'run', options };
}

function mustBeAmong(what: string, known: readonly string[], names: readonly string[]): void {
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`there is no ${what} '${unknown}', only ${known.join(', ')}`);
}

function numberOf(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= min && value <= max) return value;
  throw new Error(`--${name} must be a number from ${min} to ${max}, not '${text}'`);
}
