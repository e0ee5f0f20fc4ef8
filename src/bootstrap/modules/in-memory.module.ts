import { InMemoryMessaging } from '@order-service/delivery/in-memory';
import { ContainerModule } from 'inversify';
import type { DeadLetterReason } from '../../application/ports/dead-letters.js';
import { InMemoryOrderRepository } from '../../infrastructure/in-memory/in-memory-order-repository.js';
import type { InMemoryMessagingConfig, InMemoryStoreConfig } from '../config/config.js';
import { MAX_MESSAGE_BYTES } from '../config/limits.js';
import { TOKENS } from '../tokens.js';

/** Messages in the memory of this process: the embedded default. */
export function inMemoryMessagingModule({ topic, partitions }: InMemoryMessagingConfig): ContainerModule {
  const settings = { topic, partitions, maxMessageBytes: MAX_MESSAGE_BYTES };
  return new ContainerModule(({ bind }) => {
    bind(TOKENS.messaging).toResolvedValue(() => new InMemoryMessaging<DeadLetterReason>(settings));
  });
}

/** Orders are forgotten when the process ends, or when there are too many: the embedded default. */
export function inMemoryStoreModule({ keptOrders }: InMemoryStoreConfig): ContainerModule {
  return new ContainerModule(({ bind }) => {
    bind(TOKENS.orders).toResolvedValue(
      (logger) => new InMemoryOrderRepository(keptOrders, logger),
      [TOKENS.logger],
    );
    bind(TOKENS.store).toResolvedValue(() => ({
      checks: [],
      start: () => Promise.resolve(),
      isUnavailable: () => false,
      stop: () => Promise.resolve(),
    }));
  });
}
