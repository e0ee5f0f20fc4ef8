import { existsSync } from 'node:fs';
import { WinstonLogger } from '../infrastructure/logging/winston-logger.js';
import { InvalidConfig, loadConfig, type Config } from './config.js';

/** The configuration of an entry point, from the environment and `.env`. Bad configuration ends the process. */
export function loadedConfig(): Config {
  readDotEnv();
  try {
    return loadConfig(process.env);
  } catch (error) {
    if (!(error instanceof InvalidConfig)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}

export function loggerOf({ LOG_LEVEL, LOG_FORMAT, MESSAGING }: Config): WinstonLogger {
  return WinstonLogger.create({
    level: LOG_LEVEL,
    format: LOG_FORMAT ?? (MESSAGING === 'in-memory' ? 'pretty' : 'json'),
  });
}

/** Takes `.env` of the working directory over into the environment, which wins. */
export function readDotEnv(): void {
  if (existsSync('.env')) process.loadEnvFile('.env');
}
