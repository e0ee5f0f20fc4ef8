import { Client, Pool, type ClientConfig } from 'pg';
import type { Logger } from '../../application/ports/logger.js';
import { PostgresConnection } from './postgres-connection.js';

export interface PostgresPoolOptions {
  readonly logger: Logger;
  /** Connections at a time; 10 by default, as pg has it. */
  readonly max?: number;
  /** As PostgreSQL shows it in pg_stat_activity. */
  readonly applicationName?: string;
  /** How long to wait for a connection, be it a new one or one of the pool's. */
  readonly connectionTimeoutMs?: number;
  /** Of a statement, and of an idle transaction. Below the session time-out of a replica. */
  readonly statementTimeoutMs?: number;
}

/** For a server that does not even say that it cancelled the statement. */
const SILENCE_AFTER_TIMEOUT_MS = 500;

/** What `PostgresOrderRepository` needs: every wait has a deadline, and a lost connection does not end the process. */
export function createPostgresPool(databaseUrl: string, options: PostgresPoolOptions): Pool {
  const { logger, max, applicationName = 'order-service' } = options;
  const { connectionTimeoutMs = 3_000, statementTimeoutMs = 5_000 } = options;
  const connection = new PostgresConnection(databaseUrl, logger);
  const pool = new Pool({
    // told anew for each connection: a certificate may have been replaced
    Client: class extends Client {
      constructor(config: ClientConfig = {}) {
        super({ ...config, ...connection.settings });
      }
    },
    max,
    application_name: applicationName,
    connectionTimeoutMillis: connectionTimeoutMs,
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: statementTimeoutMs,
    query_timeout: statementTimeoutMs + SILENCE_AFTER_TIMEOUT_MS,
    keepAlive: true,
  });
  pool.on('error', (error: Error & { client?: unknown }) => {
    delete error.client; // pg adds it: a hundred lines in the log, the secret key of the connection among them
    logger.warn('an idle connection to the store was lost', { error });
  });
  return pool;
}
