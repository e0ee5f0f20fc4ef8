import type { ServerOptions } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Socket } from 'node:net';

/** What a server for HTTPS shows to its clients. */
export interface ServerCertificate {
  readonly current: { readonly cert: string; readonly key: string };
  /** Tells of each one that replaces it, until what it returns is called. */
  watch(onReplaced: (certificate: ServerCertificate['current']) => void): () => void;
}

export interface TlsServer {
  readonly server: Server;
  /** Closes the connections whose handshake has not ended: Node counts them as none of HTTP, and waits for them. */
  endHandshakes(): void;
}

const MIN_VERSION = 'TLSv1.2';

/** A new certificate holds for new connections, while those that are open go on. */
export function createTlsServer(
  options: ServerOptions,
  certificate: ServerCertificate,
  handshakeTimeoutMs: number,
): TlsServer {
  const server = createServer({
    ...options,
    ...certificate.current,
    minVersion: MIN_VERSION,
    handshakeTimeout: handshakeTimeoutMs,
  });
  const handshakes = new Map<string, Socket>();
  server.on('connection', (socket: Socket) => {
    const name = peer(socket);
    handshakes.set(name, socket);
    socket.once('close', () => handshakes.delete(name));
  });
  server.on('secureConnection', (socket) => handshakes.delete(peer(socket)));

  server.once('listening', () => {
    const stop = certificate.watch((replaced) =>
      server.setSecureContext({ ...replaced, minVersion: MIN_VERSION }),
    );
    server.once('close', stop);
  });
  return {
    server,
    endHandshakes() {
      for (const socket of handshakes.values()) socket.destroy();
    },
  };
}

/** The other end; no two connections to one server have the same. */
function peer({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
