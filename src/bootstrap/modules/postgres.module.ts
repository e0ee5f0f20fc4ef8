import { ContainerModule, type ServiceIdentifier } from 'inversify';
import type { Pool } from 'pg';
import { PostgresCheck } from '../../infrastructure/postgres/postgres-check.js';
import { migrate } from '../../infrastructure/postgres/postgres-migrations.js';
import { PostgresOrderRepository } from '../../infrastructure/postgres/postgres-order-repository.js';
import { createPostgresPool } from '../../infrastructure/postgres/postgres-pool.js';
import { isStoreAtFault } from '../../infrastructure/postgres/store-errors.js';
import type { PostgresConfig } from '../config/config.js';
import { TOKENS } from '../tokens.js';

const POOL: ServiceIdentifier<Pool> = Symbol('pool');

/** Orders in PostgreSQL. */
export function postgresModule({ url, poolMax: max }: PostgresConfig): ContainerModule {
  return new ContainerModule(({ bind }) => {
    bind(POOL).toResolvedValue((logger) => createPostgresPool(url, { logger, max }), [TOKENS.logger]);
    bind(TOKENS.orders).toResolvedValue((pool) => new PostgresOrderRepository(pool), [POOL]);
    bind(TOKENS.store).toResolvedValue(
      (pool, logger) => ({
        checks: [new PostgresCheck(pool)],
        start: () => migrate(url, logger),
        isUnavailable: isStoreAtFault,
        stop: () => pool.end(),
      }),
      [POOL, TOKENS.logger],
    );
  });
}
