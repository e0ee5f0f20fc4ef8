import { WinstonLogger } from '../infrastructure/logging/winston-logger.js';
import { migrate } from '../infrastructure/postgres/postgres-migrations.js';
import { loadOrExit } from './config/environment.js';
import { loadStoreConfig } from './config/load-config.js';

/** Brings the tables up to date, and ends. */
const { store, log } = loadOrExit(loadStoreConfig);
const logger = WinstonLogger.create(log);
try {
  await migrate(store.url, logger);
  logger.info('the tables are up to date');
} catch (error) {
  logger.error('the migrations failed', { error });
  process.exitCode = 1;
}
