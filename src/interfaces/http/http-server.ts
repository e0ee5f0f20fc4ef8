import { once } from 'node:events';
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { IdGenerator } from '../../application/ports/id-generator.js';
import { answerParserErrors } from './parser-errors.js';

export interface HttpServerTimeouts {
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly keepAliveTimeoutMs: number;
}

export interface HttpServer {
  /** Answers the port, which the system chose for 0. */
  listen(port: number, host?: string): Promise<number>;
  /** Accepts nothing more and lets the requests in hand finish; cuts what isn't done after `deadlineMs`. */
  close(deadlineMs: number): Promise<void>;
}

const TIMEOUTS: HttpServerTimeouts = {
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  keepAliveTimeoutMs: 65_000,
};

export function createHttpServer(
  app: RequestListener,
  ids: IdGenerator,
  timeouts: Partial<HttpServerTimeouts> = {},
): HttpServer {
  const { headersTimeoutMs, requestTimeoutMs, keepAliveTimeoutMs } = { ...TIMEOUTS, ...timeouts };
  const inHand = new Set<ServerResponse>();
  let closed: Promise<void> | undefined;

  const server = createServer({
    headersTimeout: headersTimeoutMs,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: keepAliveTimeoutMs,
    connectionsCheckingInterval: 1_000,
    noDelay: true,
    requireHostHeader: false,
  });
  const serve: RequestListener = (request, response) => {
    inHand.add(response);
    response.once('close', () => inHand.delete(response));
    if (closed !== undefined) response.setHeader('Connection', 'close');
    app(request, response);
  };
  server.on('request', serve);
  server.on('checkExpectation', serve);
  answerParserErrors(server, ids);

  const closeWithin = async (deadlineMs: number) => {
    if (!server.listening) return;
    for (const response of inHand) if (!response.headersSent) response.setHeader('Connection', 'close');
    const cut = setTimeout(() => server.closeAllConnections(), deadlineMs);
    server.close();
    await once(server, 'close');
    clearTimeout(cut);
  };

  return {
    async listen(port, host) {
      server.listen(port, host);
      await once(server, 'listening');
      return (server.address() as AddressInfo).port;
    },
    close(deadlineMs) {
      closed ??= closeWithin(deadlineMs);
      return closed;
    },
  };
}
