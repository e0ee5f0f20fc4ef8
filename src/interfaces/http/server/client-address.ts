import { isIP } from 'node:net';
import type { Request } from 'express';

/** Where a request comes from: what the trusted proxies in front say, if that is an address, or the other end of its connection. */
export function clientAddress({ ip = '', socket }: Pick<Request, 'ip' | 'socket'>): string {
  return isIP(ip) === 0 ? (socket.remoteAddress ?? 'unknown') : ip;
}
