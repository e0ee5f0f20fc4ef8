import 'reflect-metadata';
import { Container } from 'inversify';
import type { Logger } from '../application/ports/logger.js';
import type { Config } from './config/config.js';
import { applicationModule } from './modules/application.module.js';
import { consumerModule } from './modules/consumer.module.js';
import { httpModule } from './modules/http.module.js';
import { inMemoryStoreModule } from './modules/in-memory-store.module.js';
import { messagingModule } from './modules/messaging.module.js';
import { postgresModule } from './modules/postgres.module.js';
import { TOKENS } from './tokens.js';

/** Wires the process. Adapters are exchanged here, by module. */
export function createContainer(config: Config, logger: Logger, onFatal: (error: Error) => void): Container {
  const container = new Container({ defaultScope: 'Singleton' });
  container.bind(TOKENS.config).toConstantValue(config);
  container.bind(TOKENS.logger).toConstantValue(logger);
  container.bind(TOKENS.onFatal).toConstantValue(onFatal);
  container.load(
    messagingModule,
    config.STORE === 'postgres'
      ? postgresModule(config.DATABASE_URL ?? '', logger)
      : inMemoryStoreModule(config, logger),
    applicationModule(config),
    consumerModule(config),
    httpModule(config),
  );
  return container;
}
