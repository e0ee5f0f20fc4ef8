import type { RequestListener } from 'node:http';
import express, { type RequestHandler } from 'express';
import helmet from 'helmet';
import type { IdGenerator } from '../../application/ports/id-generator.js';
import type { Logger } from '../../application/ports/logger.js';
import { correlation } from './correlation.js';
import { errorHandler } from './error-handler.js';
import { RegisterRoutes } from './generated/routes.js';
import type { ControllerFactory } from './ioc.js';
import { knownPaths } from './known-paths.js';
import { IMPORT_PATH } from './order-import.js';
import { checkHeaders, originForm, readJson } from './request-checks.js';
import { servedApi } from './served-api.js';
import { serveSwagger } from './swagger-page.js';

export interface HttpAppParts {
  readonly controllers: ControllerFactory;
  readonly ids: IdGenerator;
  readonly logger: Logger;
  /** `health`: nothing but /health, for a process that only consumes. */
  readonly serves: 'api' | 'health';
  /** Whether the API has what operators use. */
  readonly operations: boolean;
}

/** What the Swagger page needs, and nothing more. What TLS is needed for is said by whoever has the certificate. */
const SAFE_HEADERS = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'", "'unsafe-inline'"],
      imgSrc: ["'self'", 'data:'],
      connectSrc: ["'self'"],
      baseUri: ["'none'"],
      formAction: ["'none'"],
      frameAncestors: ["'none'"],
    },
  },
  strictTransportSecurity: false,
  xFrameOptions: { action: 'deny' },
});

export function createHttpApp({
  controllers,
  ids,
  logger,
  serves,
  operations,
}: HttpAppParts): RequestListener {
  const openApi = servedApi({ serves, operations });
  const app = express();
  app.disable('x-powered-by').disable('etag');
  app.locals['controllers'] = controllers;

  app.use(SAFE_HEADERS);
  app.use(correlation(ids));
  app.use(checkHeaders);
  if (serves === 'api') serveSwagger(app, openApi);
  app.use(knownPaths(openApi.paths));
  app.use(neverStored);
  app.post(NOT_STREAMED, readJson);
  RegisterRoutes(app);
  app.use(() => {
    throw new Error('a known path has no route');
  });
  app.use(errorHandler(logger));
  return (request, response) => {
    request.url = originForm(request.url ?? '');
    app(request, response);
  };
}

const NOT_STREAMED = new RegExp(`^(?!${IMPORT_PATH}$)`);

const neverStored: RequestHandler = (_request, response, next) => {
  response.set('Cache-Control', 'no-store');
  next();
};
