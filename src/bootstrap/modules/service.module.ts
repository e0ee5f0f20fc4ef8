import { ContainerModule } from 'inversify';
import type { IdGenerator } from '../../application/ports/id-generator.js';
import type { Logger } from '../../application/ports/logger.js';
import { CertificateFiles } from '../../infrastructure/system/certificate-files.js';
import { createHttpApp, type HttpAppParts } from '../../interfaces/http/http-app.js';
import { createHttpServer } from '../../interfaces/http/server/http-server.js';
import type { ControllerFactory } from '../../interfaces/http/server/ioc.js';
import type { Config, HttpConfig } from '../config/config.js';
import { CLIENT_PLACES, CLOSING_MS } from '../config/limits.js';
import { HttpEndpoint } from '../http-endpoint.js';
import { Service } from '../service.js';
import { TOKENS } from '../tokens.js';

type Given = Pick<HttpAppParts, 'access' | 'onResponse' | 'beginRequest'>;

/** What runs the process. Its HTTP server asks `controllers` for one at each request. */
export function serviceModule(
  { http, shutdownMs, page: { kind } }: Config,
  controllers: ControllerFactory,
): ContainerModule {
  const endpoint = (config: HttpConfig, ids: IdGenerator, logger: Logger, given: Given) => {
    const { serves, operations, openMetrics, rateLimit, trustedProxies } = config;
    const certificate = config.certificate && new CertificateFiles(config.certificate, logger);
    const isSecure = certificate !== undefined;
    const metrics = given.onResponse !== undefined && (openMetrics ? ('open' as const) : true);
    const limits = rateLimit === undefined ? undefined : { requestsPerSecond: rateLimit, ...CLIENT_PLACES };
    const has = { operations, metrics, page: kind === 'on', limits, trustedProxies };
    const app = createHttpApp({ controllers, ids, logger, serves, isSecure, ...has, ...given });
    return new HttpEndpoint(createHttpServer(app, ids, {}, certificate), config);
  };
  return new ContainerModule(({ bind }) => {
    const { ids, logger, messaging, store, replicas, readiness, orderWatch } = TOKENS;
    const { httpWatch, httpTrace, access, page } = TOKENS;
    bind(TOKENS.service).toResolvedValue(
      (ids, logger, messaging, store, replicas, readiness, orderWatch, watch, trace, access, page) =>
        new Service({
          http:
            http &&
            endpoint(http, ids, logger, { access, onResponse: watch.onResponse, beginRequest: trace.begin }),
          messaging,
          store,
          replicas,
          readiness,
          orderWatch,
          page,
          logger,
          workDeadlineMs: shutdownMs - CLOSING_MS,
        }),
      [
        ...([ids, logger, messaging, store, replicas, readiness, orderWatch] as const),
        ...([httpWatch, httpTrace, access, page] as const),
      ],
    );
  });
}
