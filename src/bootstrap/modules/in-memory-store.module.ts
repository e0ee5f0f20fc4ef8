import { ContainerModule } from 'inversify';
import { InMemoryOrderRepository } from '../../infrastructure/persistence/in-memory/in-memory-order-repository.js';
import { TOKENS } from '../tokens.js';

/** Orders are forgotten when the process ends: the embedded default. */
export function inMemoryStoreModule(): ContainerModule {
  return new ContainerModule(({ bind }) => {
    bind(TOKENS.orders).toConstantValue(new InMemoryOrderRepository());
    bind(TOKENS.storeChecks).toConstantValue([]);
    bind(TOKENS.store).toConstantValue({
      start: () => Promise.resolve(),
      isAway: () => false,
      stop: () => Promise.resolve(),
    });
  });
}
