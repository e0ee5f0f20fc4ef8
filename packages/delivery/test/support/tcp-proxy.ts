import { createServer, connect, type Server, type Socket } from 'node:net';
import { findFreePorts } from '../../../../tools/dev-servers/free-ports.js';
import { ProxiedConnection, type DataHook, type Flow } from './proxied-connection.js';

export type { DataHook, Piece, ProxiedConnection } from './proxied-connection.js';

const ATTEMPTS = 5;

export interface Target {
  readonly host: string;
  readonly port: number;
}

export interface TcpProxyOptions {
  /** Asked for each connection when it is a function; a connection for which it has no target is closed. */
  readonly target: Target | (() => Target | undefined);
  /** See what a client sends and decide what goes on to the server. */
  readonly onClientData?: DataHook;
  /** See what the server sends and decide what goes on to the client. */
  readonly onServerData?: DataHook;
}

/** Listens on a free port of 127.0.0.1 and passes every connection on to the target. */
export async function startTcpProxy(options: TcpProxyOptions): Promise<TcpProxy> {
  for (let attempt = 1; ; attempt++) {
    const [port = 0] = await findFreePorts(1);
    const proxy = new TcpProxy(port, options);
    try {
      await proxy.accept();
      return proxy;
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
    }
  }
}

export class TcpProxy {
  readonly port: number;
  readonly #options: TcpProxyOptions;
  readonly #flow: Flow = { hangs: false, delayMs: 0, tears: 0 };
  readonly #connections = new Set<ProxiedConnection>();
  #server: Server | undefined;

  constructor(port: number, options: TcpProxyOptions) {
    this.port = port;
    this.#options = options;
  }

  /** Latency that is added each way, in milliseconds; order is kept, throughput is not limited. */
  get delayMs(): number {
    return this.#flow.delayMs;
  }

  set delayMs(delayMs: number) {
    this.#flow.delayMs = delayMs;
  }

  /** How many connections are open. */
  get connections(): number {
    return this.#connections.size;
  }

  /** Breaks all connections, what is under way in them is lost; new ones are accepted. */
  dropConnections(): void {
    for (const connection of this.#connections) connection.drop();
  }

  /** The next `count` chunks of the server break off in the middle, and their connections with them; 0 ends that. */
  tear(count: number): void {
    this.#flow.tears = count;
  }

  /** Refuses new connections and breaks all there are. */
  async refuse(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    const closed = server && new Promise<void>((resolve) => server.close(() => resolve()));
    this.dropConnections();
    await closed;
  }

  /** Listens, on the same port as ever; rejects when somebody else took it. */
  async accept(): Promise<void> {
    if (this.#server !== undefined) return;
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.#pass(client));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.port, '127.0.0.1', resolve);
    });
    this.#server = server;
  }

  /**
   * A black hole: connections are accepted and stay open, nothing goes on in either direction, closing neither.
   * Nothing is lost: what is sent meanwhile waits, here and in the senders' sockets, and goes on at `flow()`.
   */
  hang(): void {
    this.#flow.hangs = true;
    for (const connection of this.#connections) connection.update();
  }

  flow(): void {
    this.#flow.hangs = false;
    for (const connection of this.#connections) connection.update();
  }

  /** For good. */
  close(): Promise<void> {
    return this.refuse();
  }

  #pass(client: Socket): void {
    const { target, onClientData, onServerData } = this.#options;
    const address = typeof target === 'function' ? target() : target;
    if (address === undefined) {
      client.destroy();
      return;
    }
    const server = connect({ ...address, allowHalfOpen: true, noDelay: true });
    const connection = new ProxiedConnection(client, server, this.#flow, { onClientData, onServerData });
    this.#connections.add(connection);
    connection.onClose(() => this.#connections.delete(connection));
  }
}
