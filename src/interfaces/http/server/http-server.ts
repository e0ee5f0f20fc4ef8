import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { IdGenerator } from '../../../application/ports/id-generator.js';
import { answerParserErrors } from '../problems/parser-errors.js';

/** What answers requests, and the classes of these and of their answers where they aren't Node's own. */
export interface HttpApp extends Pick<ServerOptions, 'IncomingMessage' | 'ServerResponse'> {
  readonly answer: RequestListener;
  /** Whether the body of a request may take as long as it takes. Asked after `answer`, until the response is written. */
  readonly mayTakeLong?: (request: IncomingMessage) => boolean;
}

export interface HttpServerLimits {
  readonly headersTimeoutMs: number;
  /** Until a request has arrived whole, unless it may take long. */
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
/**
 * So many connections may wait to be accepted: Node's 511 overflow when 2,000 are opened at once, and the clients try again
 * after 1, 3, 7 and 15 s. The system has a limit of its own, net.core.somaxconn, 4,096 by default.
 */
const BACKLOG = 4_096;
/** How often it is looked for what is late, so how late that may be noticed. */
const CHECK_INTERVAL_MS = 1_000;
/** How long connections and requests that still arrive put the closing off. */
const LATECOMERS_MS = 1_000;

interface Connection {
  /** In the order of their requests: the last one, and those before it that were not written when it came. */
  answers: ServerResponse[];
  /** When the last request came, on the clock of `performance.now()`. */
  lastAt: number;
}

export function createHttpServer(
  { answer, mayTakeLong = () => false, ...classes }: HttpApp,
  ids: IdGenerator,
  given: Partial<HttpServerLimits> = {},
): HttpServer {
  const limits = { ...LIMITS, ...given };
  const connections = new Map<Duplex, Connection>();
  let closed: Promise<void> | undefined;
  /** Connections and requests. */
  let arrivals = 0;

  const server = createServer({
    ...classes,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: 0, // Node has one for all requests
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionsCheckingInterval: Math.min(CHECK_INTERVAL_MS, limits.headersTimeoutMs),
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
    connections.set(socket, { answers: [], lastAt: 0 });
    socket.once('close', () => connections.delete(socket));
  });
  const serve: RequestListener = (request, response) => {
    arrivals++;
    const connection = connections.get(request.socket);
    const waiting = connection?.answers.filter(({ writableFinished }) => !writableFinished) ?? [];
    if (connection === undefined || waiting.length >= limits.maxPipelined) {
      request.socket.destroy();
      return;
    }
    waiting.push(response);
    connection.answers = waiting;
    connection.lastAt = performance.now();
    if (closed !== undefined) response.setHeader('Connection', 'close');
    answer(request, response);
  };
  server.on('request', serve);
  server.on('checkExpectation', serve);
  answerParserErrors(server, ids, (socket) => connections.get(socket)?.answers.at(-1));

  /** Ends what is late, and lets go of what is done. Only the last request of a connection may not have arrived whole. */
  const check = () => {
    const due = performance.now() - limits.requestTimeoutMs;
    for (const [socket, connection] of connections) {
      const last = connection.answers.at(-1);
      if (last === undefined) continue;
      if (last.req.complete) {
        if (last.writableFinished) connection.answers = [];
      } else if (connection.lastAt <= due && (last.writableFinished || !mayTakeLong(last.req))) {
        const error = Object.assign(new Error('Request timeout'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
        server.emit('clientError', error, socket);
      }
    }
  };
  server.once('listening', () => {
    const checks = setInterval(check, Math.min(CHECK_INTERVAL_MS, limits.requestTimeoutMs));
    server.once('close', () => clearInterval(checks));
  });

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
    for (const { answers } of connections.values()) {
      const last = answers.at(-1);
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
