import { existsSync } from 'node:fs';
import { WinstonLogger } from '../../infrastructure/logging/winston-logger.js';
import { InvalidConfig, loadConfig, type Config } from './config.js';

/** The configuration of an entry point, which needs some of it. Bad configuration ends the process. */
export function loadedConfig(...needed: (keyof Config)[]): Config {
  readDotEnv();
  try {
    return loadConfig(process.env, needed);
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
