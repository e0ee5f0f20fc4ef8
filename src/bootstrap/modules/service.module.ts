import { ContainerModule } from 'inversify';
import type { IdGenerator } from '../../application/ports/id-generator.js';
import type { Logger } from '../../application/ports/logger.js';
import { createHttpApp } from '../../interfaces/http/http-app.js';
import { createHttpServer } from '../../interfaces/http/server/http-server.js';
import type { ControllerFactory } from '../../interfaces/http/server/ioc.js';
import type { Config, HttpConfig } from '../config/config.js';
import { CLOSING_MS } from '../config/limits.js';
import { HttpEndpoint } from '../http-endpoint.js';
import { Service } from '../service.js';
import { TOKENS } from '../tokens.js';

/** What runs the process. Its HTTP server asks `controllers` for one at each request. */
export function serviceModule({ http, shutdownMs }: Config, controllers: ControllerFactory): ContainerModule {
  const endpoint = (config: HttpConfig, ids: IdGenerator, logger: Logger) => {
    const { serves, operations } = config;
    const app = createHttpApp({ controllers, ids, logger, serves, operations });
    return new HttpEndpoint(createHttpServer(app, ids), config);
  };
  return new ContainerModule(({ bind }) => {
    bind(TOKENS.service).toResolvedValue(
      (ids, logger, messaging, store, consumers, readiness) =>
        new Service({
          http: http && endpoint(http, ids, logger),
          messaging,
          store,
          consumers,
          readiness,
          logger,
          workDeadlineMs: shutdownMs - CLOSING_MS,
        }),
      [TOKENS.ids, TOKENS.logger, TOKENS.messaging, TOKENS.store, TOKENS.consumers, TOKENS.readiness],
    );
  });
}
