import type { IdGenerator } from '../../application/ports/id-generator.js';
import type { Logger } from '../../application/ports/logger.js';
import { DEAD_LETTERS_PATH } from './dead-letters/dead-letter-controller.js';
import { RegisterRoutes } from './generated/routes.js';
import openApi from './generated/swagger.json' with { type: 'json' };
import { HEALTH_PATH } from './health/health-controller.js';
import { IMPORT_PATH } from './orders/order-import.js';
import { createExpressApp } from './server/express-app.js';
import type { HttpApp } from './server/http-server.js';
import type { ControllerFactory } from './server/ioc.js';
import type { OpenApi } from './server/swagger-page.js';

export interface HttpAppParts {
  readonly controllers: ControllerFactory;
  readonly ids: IdGenerator;
  readonly logger: Logger;
  /** `health`: nothing but /health, for a process that only consumes. */
  readonly serves: 'api' | 'health';
  /** Whether the API has what operators use. */
  readonly operations: boolean;
}

/** Tells the server what this process serves, and at which paths. */
export function createHttpApp({ controllers, ids, logger, serves, operations }: HttpAppParts): HttpApp {
  const isServed = (path: string) =>
    serves === 'health' ? path.startsWith(HEALTH_PATH) : operations || !path.startsWith(DEAD_LETTERS_PATH);
  const served: OpenApi = {
    ...openApi,
    paths: Object.fromEntries(Object.entries(openApi.paths).filter(([path]) => isServed(path))),
  };
  return createExpressApp({
    controllers,
    registerRoutes: RegisterRoutes,
    ids,
    logger,
    openApi: served,
    hasSwaggerPage: serves === 'api',
    streamedPaths: [IMPORT_PATH].filter(isServed),
  });
}
