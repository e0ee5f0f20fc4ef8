import { createServer } from 'node:net';

// Below the ranges that Linux (32768–) and macOS (49152–) take outgoing connections' ports from: else a client that dials
// a stopped server's port can be given that very port as its own, or connect to itself.
const LOWEST = 15_000;
const HIGHEST = 32_000;
const TRIES = 500;

/**
 * Ports on 127.0.0.1 that nobody listens on now. Somebody may take one before its user does:
 * whoever starts a server on it tries again with others.
 */
export async function findFreePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  for (let tries = 0; tries < TRIES && ports.size < count; tries++) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
    if (!ports.has(port) && (await isFreePort(port))) ports.add(port);
  }
  if (ports.size < count) throw new Error(`No ${count} free ports between ${LOWEST} and ${HIGHEST}`);
  return [...ports];
}

export function isFreePort(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
