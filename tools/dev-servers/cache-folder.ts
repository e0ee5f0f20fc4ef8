import { homedir } from 'node:os';
import { join } from 'node:path';

/** Outside the repository: what is fetched once is kept there. */
export function cacheFolder(): string {
  const { ORDER_SERVICE_CACHE, XDG_CACHE_HOME } = process.env;
  return ORDER_SERVICE_CACHE || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'order-service');
}
