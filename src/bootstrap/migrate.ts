import { migrate } from '../infrastructure/postgres/postgres-migrations.js';
import { loadedConfig, loggerOf } from './config/environment.js';

/** Brings the tables up to date, and ends. */
const config = loadedConfig('DATABASE_URL');
const logger = loggerOf(config);
try {
  await migrate(config.DATABASE_URL ?? '', logger);
  logger.info('the tables are up to date');
} catch (error) {
  logger.error('the migrations failed', { error });
  process.exitCode = 1;
}
