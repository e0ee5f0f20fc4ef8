import type { ErrorRequestHandler, RequestHandler } from 'express';
import type { Logger } from '../../../application/ports/logger.js';
import { limitRequests } from './limit-requests.js';
import { limitShares, type Shares } from './limit-shares.js';
import { RefusalLog } from './refusal-log.js';

/** How much one client may do at this process. */
export interface ClientLimits {
  readonly requestsPerSecond: number;
  /** Of what lasts. */
  readonly shares: Shares;
  /** Of a clock that is never set. */
  readonly now?: (() => number) | undefined;
}

/** Refuses what a client asks for beyond its limits. */
export function clientLimits(
  { requestsPerSecond, shares, now }: ClientLimits,
  logger: Logger,
): (RequestHandler | ErrorRequestHandler)[] {
  const refusals = new RefusalLog(logger, now);
  return [...limitRequests(requestsPerSecond, refusals, now), limitShares(shares, refusals)];
}
