import 'reflect-metadata';
import { Container } from 'inversify';
import type { Logger } from '../application/ports/logger.js';
import type { Config } from './config/config.js';
import { accessModule } from './modules/access.module.js';
import { applicationModule } from './modules/application.module.js';
import { consumerModule } from './modules/consumer.module.js';
import { httpFulfilmentModule, simulatedFulfilmentModule } from './modules/fulfilment.module.js';
import { httpModule } from './modules/http.module.js';
import { inMemoryMessagingModule, inMemoryStoreModule } from './modules/in-memory.module.js';
import { kafkaModule } from './modules/kafka.module.js';
import { messagingModule } from './modules/messaging.module.js';
import { noPageModule, pageModule } from './modules/page.module.js';
import { postgresModule } from './modules/postgres.module.js';
import { serviceModule } from './modules/service.module.js';
import { NO_TELEMETRY, type Telemetry } from './start-telemetry.js';
import { TOKENS } from './tokens.js';

/** Wires the process. Adapters are exchanged here, by module; nothing is built before it is asked for. */
export function createContainer(
  config: Config,
  logger: Logger,
  onFatal: (error: Error) => void,
  telemetry: Telemetry = NO_TELEMETRY,
): Container {
  const container = new Container({ defaultScope: 'Singleton' });
  container.bind(TOKENS.logger).toConstantValue(logger);
  container.bind(TOKENS.onFatal).toConstantValue(onFatal);

  const { role, messaging, store, fulfilment, consumer, page } = config;
  container.load(
    messaging.kind === 'kafka'
      ? kafkaModule(messaging, role !== 'consumer')
      : inMemoryMessagingModule(messaging),
    store.kind === 'postgres' ? postgresModule(store) : inMemoryStoreModule(store),
    fulfilment.kind === 'http' ? httpFulfilmentModule(fulfilment) : simulatedFulfilmentModule(fulfilment),
    messagingModule(consumer.group),
    applicationModule,
    consumerModule(consumer),
    accessModule(config.access),
    httpModule(config),
    page.kind === 'on' ? pageModule(config, page) : noPageModule,
    ...telemetry.modules,
    serviceModule(config, container),
  );
  return container;
}
