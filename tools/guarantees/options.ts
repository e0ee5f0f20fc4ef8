import { parseArgs } from 'node:util';

export interface Options {
  /** All, when empty. */
  readonly scenarios: readonly string[];
  /** Whether docs/explanation/guarantees.md gets the results. */
  readonly write: boolean;
}

export const USAGE = `npm run guarantees -- [options] [scenario …]

Measures what docs/explanation/guarantees.md promises, on a Kafka and a PostgreSQL of its own. Exit code 1 when a number is missed, 2 when
the options are wrong.

  --write   puts the results into docs/explanation/guarantees.md
`;

/** @throws Error with what is wrong */
export function parseOptions(args: readonly string[], known: readonly string[]): Options | 'help' {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { write: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
  });
  if (values.help) return 'help';
  const unknown = positionals.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`there is no scenario '${unknown}', only ${known.join(', ')}`);
  return { scenarios: positionals, write: values.write };
}
