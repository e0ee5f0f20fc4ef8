import type { IdGenerator } from '../../application/ports/id-generator.js';
import type { Logger } from '../../application/ports/logger.js';
import { clientShares, type ClientPlaces } from './client-shares.js';
import { DEAD_LETTERS_PATH } from './dead-letters/dead-letter-controller.js';
import type { Access } from './access/access-control.js';
import asyncApi from './generated/async-api.json' with { type: 'json' };
import { RegisterRoutes } from './generated/routes.js';
import openApi from './generated/swagger.json' with { type: 'json' };
import { HEALTH_PATH } from './health/health-controller.js';
import type { ClientLimits } from './limits/client-limits.js';
import { LIVE_PATH } from './live/live-controller.js';
import { REPLICAS_PATH } from './live/replica-controller.js';
import { METRICS_PATH } from './metrics/metrics-controller.js';
import { IMPORT_PATH } from './orders/order-import.js';
import { createExpressApp } from './server/express-app.js';
import type { HttpApp } from './server/http-server.js';
import type { ControllerFactory } from './server/ioc.js';
import type { ResponseListener } from './server/response-listener.js';
import type { BeginRequest } from './server/request-trace.js';
import { servedOpenApi } from './served-open-api.js';

export interface HttpAppParts {
  readonly controllers: ControllerFactory;
  readonly ids: IdGenerator;
  readonly logger: Logger;
  /** `health`: nothing but /health and /metrics, for a process that only consumes. */
  readonly serves: 'api' | 'health';
  /** Whether the API has what operators use. */
  readonly operations: boolean;
  /** Whether `/` is the live page, and there is what it shows. */
  readonly page?: boolean;
  /** Whether it is served by HTTPS. */
  readonly isSecure?: boolean;
  /** Whether there are metrics; `open`: everybody may see them. */
  readonly metrics?: boolean | 'open';
  /** Who may do what; everybody may do everything when it is absent. */
  readonly access?: Access;
  /** How much each client may do; without it, as much as there is room for. */
  readonly limits?: (Omit<ClientLimits, 'shares'> & ClientPlaces) | undefined;
  /** How many proxies in front say truly, in `X-Forwarded-For`, where a request comes from. */
  readonly trustedProxies?: number;
  /** Is told of each request that has ended. */
  readonly onResponse?: ResponseListener | undefined;
  /** Where traces are on. */
  readonly beginRequest?: BeginRequest | undefined;
}

/** It lasts as long as somebody watches: that would be no measure of anything. */
const isWatching = (path: string | undefined) => path === LIVE_PATH;
/** A probe or a scrape is not worth a trace. */
const isTraced = (path: string) => path.startsWith('/api/') && !isWatching(path);

/** Tells the server what this process serves, and at which paths. */
export function createHttpApp(parts: HttpAppParts): HttpApp {
  const { controllers, ids, logger, serves, operations, onResponse, beginRequest } = parts;
  const { metrics = false, page = false, isSecure = false, access = {}, limits, trustedProxies = 0 } = parts;
  const isServed = (path: string) => {
    if (path === METRICS_PATH) return metrics !== false;
    if (path === LIVE_PATH || path.startsWith(`${REPLICAS_PATH}/`)) return serves === 'api' && page;
    return serves === 'health'
      ? path.startsWith(HEALTH_PATH)
      : operations || !path.startsWith(DEAD_LETTERS_PATH);
  };
  return createExpressApp({
    controllers,
    registerRoutes: RegisterRoutes,
    ids,
    logger,
    openApi: servedOpenApi(openApi, isServed, {
      apiKey: access.apiKeys !== undefined,
      token: access.tokens !== undefined,
      isOpen: (path) => path === METRICS_PATH && metrics === 'open',
      isLimited: limits !== undefined,
    }),
    asyncApi,
    ...{ access, trustedProxies, limits: limits && { ...limits, shares: clientShares(limits) } },
    hasPages: serves === 'api',
    hasLivePage: page && serves === 'api',
    isSecure,
    streamedPaths: [IMPORT_PATH].filter(isServed),
    onResponse: onResponse && ((ended) => (isWatching(ended.route) ? undefined : onResponse(ended))),
    beginRequest: beginRequest && ((request) => (isTraced(request.path) ? beginRequest(request) : undefined)),
  });
}
