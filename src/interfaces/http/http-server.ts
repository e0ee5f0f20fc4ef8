import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { IdGenerator } from '../../application/ports/id-generator.js';
import { IMPORT_PATH } from './order-import.js';
import { answerParserErrors } from './parser-errors.js';

export interface HttpServerLimits {
  readonly headersTimeoutMs: number;
  /** Until a request has arrived whole; an import takes as long as it takes. */
  readonly requestTimeoutMs: number;
  readonly keepAliveTimeoutMs: number;
  /** A connection on which nothing moves for so long is cut: its client doesn't read. Longer than any request is at work. */
  readonly stallTimeoutMs: number;
  readonly maxConnections: number;
  /** Requests of one connection that wait for their answer; one more, and it is cut. */
  readonly maxPipelined: number;
}

export interface HttpServer {
  /** Answers the port, which the system chose for 0. */
  listen(port: number, host?: string): Promise<number>;
  /**
   * Takes in what has arrived by now, then accepts nothing more and lets the requests in hand finish; cuts what isn't
   * done after `deadlineMs`.
   */
  close(deadlineMs: number): Promise<void>;
}

const LIMITS: HttpServerLimits = {
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  keepAliveTimeoutMs: 65_000,
  stallTimeoutMs: 120_000,
  maxConnections: 5_000,
  maxPipelined: 100,
};
const MAX_HEADER_BYTES = 16 * 1024;
/** How long connections and requests that still arrive put the closing off. */
const LATECOMERS_MS = 1_000;

export function createHttpServer(
  app: RequestListener,
  ids: IdGenerator,
  given: Partial<HttpServerLimits> = {},
): HttpServer {
  const limits = { ...LIMITS, ...given };
  /** By connection: of pipelined answers Node closes only the first together with it. */
  const inHand = new Map<Socket, Set<ServerResponse>>();
  let closed: Promise<void> | undefined;
  /** Connections and requests. */
  let arrivals = 0;

  const server = createServer({
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: 0, // Node has one for all requests
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionsCheckingInterval: Math.min(1_000, limits.headersTimeoutMs),
    maxHeaderSize: MAX_HEADER_BYTES,
    noDelay: true,
    requireHostHeader: false,
  });
  server.timeout = limits.stallTimeoutMs;
  server.maxConnections = limits.maxConnections;
  // whoever is idle makes room for the next
  server.on('drop', () => server.closeIdleConnections());
  server.on('connection', (socket) => {
    arrivals++;
    inHand.set(socket, new Set());
    socket.once('close', () => inHand.delete(socket));
  });
  const serve: RequestListener = (request, response) => {
    arrivals++;
    const ofConnection = inHand.get(request.socket);
    if (ofConnection === undefined || ofConnection.size >= limits.maxPipelined) {
      request.socket.destroy();
      return;
    }
    ofConnection.add(response);
    response.once('close', () => ofConnection.delete(response));
    if (!isImport(request)) endLate(request, limits.requestTimeoutMs);
    if (closed !== undefined) response.setHeader('Connection', 'close');
    app(request, response);
  };
  server.on('request', serve);
  server.on('checkExpectation', serve);
  answerParserErrors(server, ids);

  const endLate = (request: IncomingMessage, afterMs: number): void => {
    const late = setTimeout(() => {
      const error = Object.assign(new Error('Request timeout'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
      if (!request.complete) server.emit('clientError', error, request.socket);
    }, afterMs);
    request.once('close', () => clearTimeout(late));
  };

  /** The system took these in for us; Node takes one connection over each turn of its loop, and closing would reset the others. */
  const takeInLatecomers = async () => {
    const until = performance.now() + LATECOMERS_MS;
    let before;
    do {
      before = arrivals;
      await nextTurn();
      await nextTurn(); // a whole turn lies between these two
    } while (arrivals > before && performance.now() < until);
  };

  const closeWithin = async (deadlineMs: number) => {
    if (!server.listening) return;
    for (const responses of inHand.values()) {
      const last = [...responses].at(-1);
      if (last?.headersSent === false) last.setHeader('Connection', 'close');
    }
    const cut = setTimeout(() => server.closeAllConnections(), deadlineMs);
    await takeInLatecomers();
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

function isImport({ url = '' }: IncomingMessage): boolean {
  return url.split('?', 1)[0] === IMPORT_PATH;
}
