import type { Request } from 'express';
import type { Shares } from './limits/limit-shares.js';
import { LIVE_PATH } from './live/live-controller.js';
import { IMPORT_PATH } from './orders/order-import.js';
import { preferredWaitS } from './server/prefer.js';

/** How many of these one client may have at a time. */
export interface ClientPlaces {
  readonly imports: number;
  /** Of the events of an order. */
  readonly orderStreams: number;
  readonly liveStreams: number;
  /** Requests that wait for their order. */
  readonly waits: number;
}

const ORDER = '/api/Order/{orderId}';

const isWait = (request: Request) => preferredWaitS(request.get('Prefer'), 1) !== undefined;

/** What takes one of the places of the process for as long as it lasts. */
export function clientShares({ imports, orderStreams, liveStreams, waits }: ClientPlaces): Shares {
  return {
    [IMPORT_PATH]: { of: 'imports', max: imports },
    [`${ORDER}/Events`]: { of: 'streams of events', max: orderStreams },
    [LIVE_PATH]: { of: 'streams of the live page', max: liveStreams },
    [ORDER]: { of: 'requests that wait for their order', max: waits, lasts: isWait },
  };
}
