import { readFileSync } from 'node:fs';

/** Each can be in a file instead, which the same name with `_FILE` names. */
export const SECRETS: readonly string[] = [
  'DATABASE_URL',
  'FULFILMENT_URL',
  'KAFKA_SASL_PASSWORD',
  'FULFILMENT_TOKEN',
  'FULFILMENT_SIGNING_KEY',
];
const MAX_BYTES = 1_048_576;

type Environment = Readonly<Record<string, string | undefined>>;

export interface WithSecrets {
  readonly environment: Environment;
  readonly problems: readonly string[];
}

/** The environment with the secrets that it names files for, as Docker and Kubernetes mount them. A line break at the end is no part of one. */
export function readSecretFiles(given: Environment): WithSecrets {
  const environment: Record<string, string | undefined> = { ...given };
  const problems: string[] = [];
  for (const name of SECRETS) {
    const file = given[`${name}_FILE`];
    if (file === undefined) continue;
    if (given[name] !== undefined) problems.push(`${name} and ${name}_FILE are both set: set one of them`);
    try {
      environment[name] = readSecret(file);
    } catch (error) {
      problems.push(`${name}_FILE=${file} can't be used: ${(error as Error).message}`);
    }
  }
  return { environment, problems };
}

/** @throws Error when there is none */
export function readSecret(file: string): string {
  const text = readFileSync(file, 'utf8');
  if (text.length > MAX_BYTES) throw new Error('it has more than 1 MiB');
  const secret = text.replace(/\r?\n$/, '');
  if (secret === '') throw new Error('it is empty');
  return secret;
}
