import { existsSync } from 'node:fs';
import { z } from 'zod';
import { readSecretFiles, SECRETS } from './secret-files.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The environment can't be used. `problems` has a line for each variable at fault. */
export class InvalidConfig extends Error {
  override readonly name = 'InvalidConfig';

  constructor(readonly problems: readonly string[]) {
    super(["the configuration can't be used:", ...problems.map((problem) => `  ${problem}`)].join('\n'));
  }
}

const RENAMED = {
  CONSUMER_MAX_OPEN_RECORDS: 'CONSUMER_MAX_PENDING_RECORDS',
  CONSUMER_MAX_OPEN_BYTES: 'CONSUMER_MAX_PENDING_BYTES',
};
const NEVER_SHOWN = new Set([...SECRETS, 'API_KEYS', 'OTEL_EXPORTER_OTLP_ENDPOINT']);

/** What decides which other variables are needed. */
const DEFAULTS = { ROLE: 'all', MESSAGING: 'in-memory', STORE: 'in-memory' };

/** What is read of these parts of the environment, each by its schema. */
export type Values<Parts extends z.ZodRawShape> = z.output<z.ZodObject<Parts>>;

/**
 * The values of these parts of the environment. An empty variable counts as absent.
 * @param contradictions problems of variables that are valid, but not together
 * @throws InvalidConfig with every problem at once
 */
export function readEnvironment<Parts extends z.ZodRawShape>(
  environment: Environment,
  parts: Parts,
  contradictions: (given: Environment) => string[] = () => [],
): Values<Parts> {
  const set = Object.entries(environment).filter(([, value]) => value !== undefined && value !== '');
  const { environment: given, problems: unreadable } = readSecretFiles({
    ...DEFAULTS,
    ...Object.fromEntries(set),
  });
  const each = Object.fromEntries(Object.keys(parts).map((part) => [part, given]));
  const result = z.object(parts).safeParse(each);
  const problems = [
    ...unreadable,
    ...(result.error?.issues ?? []).map((issue) => toProblem(issue, given)),
    ...contradictions(given),
    ...renamed(given),
  ];
  if (!result.success || problems.length > 0) throw new InvalidConfig(problems);
  return result.data;
}

/** A problem of a whole part names its variables itself. */
function toProblem({ path: [, variable], message }: z.core.$ZodIssue, given: Environment): string {
  if (typeof variable !== 'string') return message;
  const value = NEVER_SHOWN.has(variable) ? undefined : given[variable];
  return value === undefined ? `${variable} ${message}` : `${variable}=${value} ${message}`;
}

function renamed(given: Environment): string[] {
  return Object.entries(RENAMED)
    .filter(([old]) => given[old] !== undefined)
    .map(([old, name]) => `${old} has a new name: set ${name} instead`);
}

/** The configuration of an entry point, by `load`, that is told whether a terminal shows the log. A bad one ends the process. */
export function loadOrExit<Loaded>(load: (environment: Environment, inTerminal: boolean) => Loaded): Loaded {
  readDotEnv();
  try {
    return load(process.env, process.stdout.isTTY);
  } catch (error) {
    if (!(error instanceof InvalidConfig)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}

/** Takes `.env` of the working directory over into the environment, which wins. */
export function readDotEnv(): void {
  if (existsSync('.env')) process.loadEnvFile('.env');
}
