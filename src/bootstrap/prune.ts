import { WinstonLogger } from '../infrastructure/logging/winston-logger.js';
import { OldRows } from '../infrastructure/postgres/old-rows.js';
import { createPostgresPool } from '../infrastructure/postgres/postgres-pool.js';
import { loadOrExit } from './config/environment.js';
import { loadStoreConfig } from './config/load-config.js';
import { createPruneCommand, parsePruneOptions } from './prune-command.js';

const STATEMENT_TIMEOUT_MS = 60_000;
const PROGRESS_INTERVAL_MS = 1_000;

/** Deletes old orders and lines of history, or counts them, and ends; after a signal with the batch that runs. */
const { olderThanMs, dryRun } = parsePruneOptions(createPruneCommand(), process.argv.slice(2));
const { store, log } = loadOrExit(loadStoreConfig);
const logger = WinstonLogger.create(log);
const pool = createPostgresPool(store.url, {
  logger,
  max: 1,
  applicationName: 'order-service-prune',
  statementTimeoutMs: STATEMENT_TIMEOUT_MS,
});
const before = new Date(Date.now() - olderThanMs);
const oldRows = new OldRows(pool, before);
let deleted = { orders: 0, historyLines: 0 };
let signal: string | undefined;
for (const name of ['SIGTERM', 'SIGINT']) process.on(name, () => (signal = name));
try {
  if (dryRun) {
    logger.info('old rows are counted, none is deleted', { before, ...(await oldRows.count()) });
  } else if (await deleteAll()) {
    logger.info('old rows are deleted', { before, ...deleted });
  } else {
    logger.info('deleting old rows was stopped, the next run goes on', { signal, before, ...deleted });
    process.exitCode = 1;
  }
} catch (error) {
  logger.error('old rows could not be deleted', { before, ...deleted, error });
  process.exitCode = 1;
} finally {
  await pool.end();
}

/** @returns whether it came to its end */
async function deleteAll(): Promise<boolean> {
  let next = Date.now() + PROGRESS_INTERVAL_MS;
  for await (deleted of oldRows.delete()) {
    if (signal !== undefined) return false;
    if (Date.now() < next) continue;
    process.stderr.write(`deleted: ${deleted.historyLines} lines of history, ${deleted.orders} orders\n`);
    next = Date.now() + PROGRESS_INTERVAL_MS;
  }
  return true;
}
