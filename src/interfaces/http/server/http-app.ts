import express, { type RequestHandler } from 'express';
import helmet from 'helmet';
import type { IdGenerator } from '../../../application/ports/id-generator.js';
import type { Logger } from '../../../application/ports/logger.js';
import { correlation } from './correlation.js';
import { errorHandler } from '../problems/error-handler.js';
import { expressClasses } from './express-classes.js';
import { RegisterRoutes } from '../generated/routes.js';
import type { HttpApp } from './http-server.js';
import type { ControllerFactory } from './ioc.js';
import { knownPaths } from './known-paths.js';
import { IMPORT_PATH } from '../orders/order-import.js';
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

/**
 * What the Swagger page needs, and nothing more. What TLS is needed for is said by whoever has the certificate; what is for
 * browsers of the past, or for pages with links to elsewhere, is left out.
 */
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
  xDnsPrefetchControl: false,
  xDownloadOptions: false,
  xPermittedCrossDomainPolicies: false,
  xPoweredBy: false, // Express does not send it
  xXssProtection: false,
});

export function createHttpApp({ controllers, ids, logger, serves, operations }: HttpAppParts): HttpApp {
  const openApi = servedApi({ serves, operations });
  const app = express();
  app.disable('x-powered-by').disable('etag');
  app.locals['controllers'] = controllers;

  app.use(inTurn(SAFE_HEADERS, correlation(ids), checkHeaders));
  if (serves === 'api') serveSwagger(app, openApi);
  app.use(inTurn(knownPaths(openApi.paths), neverStored, readJson));
  RegisterRoutes(app);
  app.use(() => {
    throw new Error('a known path has no route');
  });
  app.use(errorHandler(logger, openApi.paths));
  return {
    ...expressClasses(app),
    answer(request, response) {
      request.url = originForm(request.url ?? '');
      app(request, response);
    },
    mayTakeLong: ({ method, url }) =>
      serves === 'api' && method === 'POST' && url?.split('?', 1)[0] === IMPORT_PATH,
  };
}

const neverStored: RequestHandler = (_request, response, next) => {
  response.setHeader('Cache-Control', 'no-store');
  next();
};

/** As one handler: from one of its own to the next Express takes longer than these need. None but the last may wait. */
function inTurn(first: RequestHandler, ...others: RequestHandler[]): RequestHandler {
  const [second, ...rest] = others;
  if (second === undefined) return first;
  const then = inTurn(second, ...rest);
  return (request, response, next) =>
    first(request, response, (error?: unknown) =>
      error === undefined ? then(request, response, next) : next(error),
    );
}
