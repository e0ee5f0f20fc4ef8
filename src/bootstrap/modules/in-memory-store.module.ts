import { ContainerModule } from 'inversify';
import { InMemoryOrderRepository } from '../../infrastructure/in-memory/in-memory-order-repository.js';
import type { Logger } from '../../application/ports/logger.js';
import type { Config } from '../config/config.js';
import { TOKENS } from '../tokens.js';

/** Orders are forgotten when the process ends, or when there are too many: the embedded default. */
export function inMemoryStoreModule({ IN_MEMORY_ORDERS }: Config, logger: Logger): ContainerModule {
  return new ContainerModule(({ bind }) => {
    bind(TOKENS.orders).toConstantValue(new InMemoryOrderRepository(IN_MEMORY_ORDERS, logger));
    bind(TOKENS.storeChecks).toConstantValue([]);
    bind(TOKENS.store).toConstantValue({
      start: () => Promise.resolve(),
      isUnavailable: () => false,
      stop: () => Promise.resolve(),
    });
  });
}
