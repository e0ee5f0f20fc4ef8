import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { IdGenerator } from '../../../application/ports/id-generator.js';
import { respondToParserErrors } from './parser-errors.js';
import { createTlsServer, type ServerCertificate } from './tls-server.js';

/** What handles requests, and the classes of these and of their responses where they aren't Node's own. */
export interface HttpApp extends Pick<ServerOptions, 'IncomingMessage' | 'ServerResponse'> {
  readonly handle: RequestListener;
  /** Whether the body of a request may take any time to arrive. Asked after `handle`, until the response is written. */
  readonly hasNoTimeout?: (request: IncomingMessage) => boolean;
}

export interface HttpServerLimits {
  /** Of a connection by TLS, until a request can begin. */
  readonly handshakeTimeoutMs: number;
  readonly headersTimeoutMs: number;
  /** Until a request has arrived whole, unless it has no time-out. */
  readonly requestTimeoutMs: number;
  readonly keepAliveTimeoutMs: number;
  /** A connection is closed when nothing moves on it for so long: its client doesn't read. Longer than any request is in flight. */
  readonly stallTimeoutMs: number;
  readonly maxConnections: number;
  /** Requests of one connection that wait for their response. With one more the connection is closed. */
  readonly maxPipelined: number;
}

export interface HttpServer {
  /** Returns the port, which the system chose for 0. */
  listen(port: number, host?: string): Promise<number>;
  /**
   * Handles what has arrived by now, then accepts nothing more and lets the requests in flight finish. Closes what isn't
   * finished after `deadlineMs`.
   */
  close(deadlineMs: number): Promise<void>;
}

const LIMITS: HttpServerLimits = {
  handshakeTimeoutMs: 10_000,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  keepAliveTimeoutMs: 65_000,
  stallTimeoutMs: 120_000,
  maxConnections: 5_000,
  maxPipelined: 100,
};
const MAX_HEADER_BYTES = 16 * 1024;
/**
 * So many connections may wait to be accepted: Node's 511 overflow when 2,000 are opened at once, and the clients try again
 * after 1, 3, 7 and 15 s. The system has a limit of its own, net.core.somaxconn, 4,096 by default.
 */
const BACKLOG = 4_096;
/** How often the server looks for overdue requests. */
const CHECK_INTERVAL_MS = 1_000;
/** How long connections and requests that still arrive delay the closing. */
const MAX_CLOSING_DELAY_MS = 1_000;

interface Connection {
  readonly socket: Socket;
  /** In the order of their requests: the last one, and those before it that were not written when it came. */
  responses: ServerResponse[];
  /** When the last request came, on the clock of `performance.now()`. */
  lastAt: number;
}

/** Node tells only the response that is being written, and none of those that wait behind it, that the connection is closed. */
function closeQueued({ responses }: Connection): void {
  for (const response of responses)
    if (response.socket === null && !response.writableFinished) response.emit('close');
}

/** With a certificate it serves HTTPS, and no plain HTTP. */
export function createHttpServer(
  { handle, hasNoTimeout = () => false, ...classes }: HttpApp,
  ids: IdGenerator,
  given: Partial<HttpServerLimits> = {},
  certificate?: ServerCertificate,
): HttpServer {
  const limits = { ...LIMITS, ...given };
  const connections = new Map<Duplex, Connection>();
  let closed: Promise<void> | undefined;
  /** Connections and requests. */
  let arrivals = 0;

  const options: ServerOptions = {
    ...classes,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: 0, // Node has one for all requests: `endOverdue` has those that differ
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionsCheckingInterval: Math.min(CHECK_INTERVAL_MS, limits.headersTimeoutMs),
    maxHeaderSize: MAX_HEADER_BYTES,
    noDelay: true,
    requireHostHeader: false,
  };
  const tls = certificate && createTlsServer(options, certificate, limits.handshakeTimeoutMs);
  const server: Server = tls?.server ?? createServer(options);
  server.timeout = limits.stallTimeoutMs;
  server.maxConnections = limits.maxConnections;
  // idle connections make room for the next
  server.on('drop', () => server.closeIdleConnections());
  const connect = (socket: Socket) => {
    arrivals++;
    const connection: Connection = { socket, responses: [], lastAt: 0 };
    connections.set(socket, connection);
    socket.once('close', () => {
      connections.delete(socket);
      closeQueued(connection);
    });
  };
  server.on(tls === undefined ? 'connection' : 'secureConnection', connect);
  const serve: RequestListener = (request, response) => {
    arrivals++;
    const connection = connections.get(request.socket);
    const pending = connection?.responses.filter(({ writableFinished }) => !writableFinished) ?? [];
    if (connection === undefined || pending.length >= limits.maxPipelined) {
      request.socket.destroy();
      return;
    }
    pending.push(response);
    connection.responses = pending;
    connection.lastAt = performance.now();
    if (closed !== undefined) response.setHeader('Connection', 'close');
    handle(request, response);
  };
  server.on('request', serve);
  server.on('checkExpectation', serve);
  respondToParserErrors(server, ids, (socket) => connections.get(socket)?.responses.at(-1));

  /** Also lets go of finished responses. Only the last request of a connection may not have arrived whole. */
  const endOverdue = () => {
    const due = performance.now() - limits.requestTimeoutMs;
    for (const [socket, connection] of connections) {
      const last = connection.responses.at(-1);
      if (last === undefined) continue;
      if (last.req.complete) {
        if (last.writableFinished) connection.responses = [];
      } else if (connection.lastAt <= due && (last.writableFinished || !hasNoTimeout(last.req))) {
        const error = Object.assign(new Error('Request timeout'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
        server.emit('clientError', error, socket);
      }
    }
  };
  server.once('listening', () => {
    const checks = setInterval(endOverdue, Math.min(CHECK_INTERVAL_MS, limits.requestTimeoutMs));
    server.once('close', () => clearInterval(checks));
  });

  /** The system has accepted these for us. Node takes one connection from it each turn, and closing would reset the others. */
  const serveArrived = async () => {
    const until = performance.now() + MAX_CLOSING_DELAY_MS;
    let before;
    do {
      before = arrivals;
      await nextTurn();
      await nextTurn(); // a whole turn lies between these two
    } while (arrivals > before && performance.now() < until);
  };

  const closeWithin = async (deadlineMs: number) => {
    if (!server.listening) return;
    for (const { responses } of connections.values()) {
      const last = responses.at(-1);
      if (last?.headersSent === false) last.setHeader('Connection', 'close');
    }
    const deadline = setTimeout(() => server.closeAllConnections(), deadlineMs);
    await serveArrived();
    server.close();
    tls?.endHandshakes();
    // for Node they are not idle, and it would wait for them
    for (const { socket } of connections.values()) if (socket.bytesRead === 0) socket.destroy();
    await once(server, 'close');
    clearTimeout(deadline);
  };

  return {
    async listen(port, host) {
      server.listen({ port, host, backlog: BACKLOG });
      await once(server, 'listening');
      return (server.address() as AddressInfo).port;
    },
    close(deadlineMs) {
      closed ??= closeWithin(deadlineMs);
      return closed;
    },
  };
}
