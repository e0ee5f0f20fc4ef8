import { existsSync } from 'node:fs';
import { InvalidConfig, type Environment } from './read-environment.js';

/** The configuration of an entry point. Bad configuration ends the process. */
export function loadOrExit<Loaded>(load: (environment: Environment) => Loaded): Loaded {
  readDotEnv();
  try {
    return load(process.env);
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
