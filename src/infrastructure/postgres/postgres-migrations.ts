import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';
import { Client } from 'pg';
import type { Logger } from '../../application/ports/logger.js';
import { PostgresConnection } from './postgres-connection.js';

const MIGRATIONS = fileURLToPath(new URL('./migrations', import.meta.url));
const CONNECTION_TIMEOUT_MS = 3_000;

/** Brings the tables up to date. Processes that start together wait for one another. */
export async function migrate(databaseUrl: string, logger: Logger): Promise<void> {
  // not of the pool: waiting for another process' migrations may take longer than a statement may
  const client = new Client({
    ...new PostgresConnection(databaseUrl, logger).settings,
    application_name: 'order-service-migrations',
    connectionTimeoutMillis: CONNECTION_TIMEOUT_MS,
  });
  client.on('error', (error) => logger.warn('the connection of the migrations was lost', { error }));
  const log = (message: string): void => logger.debug(`migrations: ${message.trim()}`);
  try {
    await client.connect();
    await runner({
      dbClient: client,
      dir: MIGRATIONS,
      direction: 'up',
      migrationsTable: 'migrations',
      singleTransaction: true,
      advisoryLockMode: 'wait',
      log,
    });
  } finally {
    await client.end();
  }
}
