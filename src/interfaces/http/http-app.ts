import express, { type Express, type RequestHandler } from 'express';
import type { IdGenerator } from '../../application/ports/id-generator.js';
import type { Logger } from '../../application/ports/logger.js';
import { correlation } from './correlation.js';
import { errorHandler } from './error-handler.js';
import { RegisterRoutes } from './generated/routes.js';
import type { ControllerFactory } from './ioc.js';
import { knownPaths } from './known-paths.js';
import { checkHeaders, readJson } from './request-checks.js';
import { servedApi } from './served-api.js';
import { swaggerPage } from './swagger-page.js';

export interface HttpAppParts {
  readonly controllers: ControllerFactory;
  readonly ids: IdGenerator;
  readonly logger: Logger;
  /** `health`: nothing but /health, for a process that only consumes. */
  readonly serves: 'api' | 'health';
  /** Whether the API has what operators use. */
  readonly operations: boolean;
}

const SAFE_HEADERS = {
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
};

export function createHttpApp({ controllers, ids, logger, serves, operations }: HttpAppParts): Express {
  const openApi = servedApi({ serves, operations });
  const app = express();
  app.disable('x-powered-by').disable('etag');
  app.locals['controllers'] = controllers;

  app.use(always({ ...SAFE_HEADERS }));
  app.use(correlation(ids, logger));
  app.use(checkHeaders);
  if (serves === 'api') app.use(swaggerPage(openApi));
  app.use(knownPaths(openApi.paths));
  app.use(always({ 'Cache-Control': 'no-store' }));
  app.post(/.*/, readJson);
  RegisterRoutes(app);
  app.use(() => {
    throw new Error('a known path has no route');
  });
  app.use(errorHandler(logger));
  return app;
}

function always(headers: Readonly<Record<string, string>>): RequestHandler {
  return (_request, response, next) => {
    response.set(headers);
    next();
  };
}
