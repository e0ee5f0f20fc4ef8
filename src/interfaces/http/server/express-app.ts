import express, { type Application, type RequestHandler } from 'express';
import helmet from 'helmet';
import type { IdGenerator } from '../../../application/ports/id-generator.js';
import type { Logger } from '../../../application/ports/logger.js';
import { accessControl, type Access } from '../access/access-control.js';
import { clientLimits, type ClientLimits } from '../limits/client-limits.js';
import { serveAsyncApi, type AsyncApi } from './async-api-page.js';
import { correlation } from './correlation.js';
import { errorHandler } from './error-handler.js';
import { expressClasses } from './express-classes.js';
import type { HttpApp } from './http-server.js';
import type { ControllerFactory } from './ioc.js';
import { knownPaths } from './known-paths.js';
import { serveLivePage } from './live-page.js';
import { listenToResponse, type ResponseListener } from './response-listener.js';
import { checkHeaders, originForm, readJson } from './request-checks.js';
import { traceRequest, type BeginRequest } from './request-trace.js';
import { serveSwaggerPage, type OpenApi } from './swagger-page.js';

export interface ExpressAppParts {
  readonly controllers: ControllerFactory;
  readonly registerRoutes: (app: Application) => void;
  readonly ids: IdGenerator;
  readonly logger: Logger;
  readonly openApi: OpenApi;
  readonly asyncApi: AsyncApi;
  /** Whether the documents are served, and the pages that show them. */
  readonly hasPages: boolean;
  /** Whether `/` is the live page; else it leads to the Swagger page. */
  readonly hasLivePage: boolean;
  /** Who may do what. */
  readonly access: Access;
  /** How much each client may do; without it, as much as there is room for. */
  readonly limits: ClientLimits | undefined;
  /** How many proxies in front say truly, in `X-Forwarded-For`, where a request comes from. */
  readonly trustedProxies: number;
  /** Whether it is served by HTTPS, and browsers are to use nothing else. */
  readonly isSecure: boolean;
  /** Where the body of a POST is a stream: its controller reads it, and it may take any time to arrive. */
  readonly streamedPaths: readonly string[];
  readonly onResponse: ResponseListener | undefined;
  /** Where traces are on. */
  readonly beginRequest: BeginRequest | undefined;
}

/** For the host that was asked alone: others of its domain are not ours. */
const ALWAYS_TLS = { maxAge: 31_536_000, includeSubDomains: false };

/**
 * What the pages need, and nothing more. Behind a proxy whoever has the certificate sets the header for TLS. Headers for old
 * browsers, or for pages with links to other sites, are left out.
 */
const safeHeaders = (isSecure: boolean) =>
  helmet({
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
    xFrameOptions: { action: 'deny' },
    xDnsPrefetchControl: false,
    xDownloadOptions: false,
    xPermittedCrossDomainPolicies: false,
    xPoweredBy: false, // Express does not send it
    xXssProtection: false,
    strictTransportSecurity: isSecure && ALWAYS_TLS,
  });

export function createExpressApp(parts: ExpressAppParts): HttpApp {
  const { controllers, registerRoutes, ids, logger, openApi, asyncApi, hasPages, streamedPaths } = parts;
  const { hasLivePage, isSecure, access, limits, trustedProxies, onResponse, beginRequest } = parts;
  const isStreamed = (method: string | undefined, path: string | undefined) =>
    method === 'POST' && path !== undefined && streamedPaths.includes(path);
  const app = express();
  app.disable('x-powered-by').disable('etag').set('trust proxy', trustedProxies);
  app.locals['controllers'] = controllers;

  app.use(safeHeaders(isSecure), correlation(ids), checkHeaders);
  if (hasLivePage) serveLivePage(app);
  if (hasPages) {
    serveSwaggerPage(app, openApi);
    serveAsyncApi(app, asyncApi);
  }
  app.use(knownPaths(openApi.paths, beginRequest && traceRequest.bind(undefined, beginRequest)));
  app.use(neverStored, accessControl(access));
  if (limits !== undefined) app.use(clientLimits(limits, logger));
  app.use(readJson(isStreamed));
  registerRoutes(app);
  app.use(() => {
    throw new Error('a known path has no route');
  });
  app.use(errorHandler(logger));
  return {
    ...expressClasses(app),
    handle(request, response) {
      listenToResponse(request, response, logger, onResponse);
      request.url = originForm(request.url ?? '');
      app(request, response);
    },
    hasNoTimeout: ({ method, url }) => isStreamed(method, url?.split('?', 1)[0]),
  };
}

const neverStored: RequestHandler = (_request, response, next) => {
  response.setHeader('Cache-Control', 'no-store');
  next();
};
