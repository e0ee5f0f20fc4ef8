import { ContainerModule } from 'inversify';
import type { Logger } from '../../application/ports/logger.js';
import { PostgresCheck } from '../../infrastructure/postgres/postgres-check.js';
import { migrate } from '../../infrastructure/postgres/postgres-migrations.js';
import { PostgresOrderRepository } from '../../infrastructure/postgres/postgres-order-repository.js';
import { createPostgresPool } from '../../infrastructure/postgres/postgres-pool.js';
import { isStoreAtFault } from '../../infrastructure/postgres/store-errors.js';
import { TOKENS } from '../tokens.js';

/** Orders in PostgreSQL. */
export function postgresModule(databaseUrl: string, logger: Logger): ContainerModule {
  const pool = createPostgresPool(databaseUrl, { logger });
  return new ContainerModule(({ bind }) => {
    bind(TOKENS.orders).toConstantValue(new PostgresOrderRepository(pool));
    bind(TOKENS.storeChecks).toConstantValue([new PostgresCheck(pool)]);
    bind(TOKENS.store).toConstantValue({
      start: () => migrate(databaseUrl, logger),
      isUnavailable: isStoreAtFault,
      stop: () => pool.end(),
    });
  });
}
