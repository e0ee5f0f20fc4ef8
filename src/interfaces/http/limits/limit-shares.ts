import type { Request, RequestHandler } from 'express';
import { HttpProblem } from '../problems/problem-details.js';
import type { RefusalLog } from './refusal-log.js';
import { requesterOf } from './requester.js';

/** How many requests of one client may last at a time. */
export interface Share {
  /** As a client is told, such as `imports`. */
  readonly of: string;
  readonly max: number;
  /** Which of the requests last; without it all do. */
  readonly lasts?: (request: Request) => boolean;
}

/** By the templates of their paths. */
export type Shares = Readonly<Record<string, Share>>;

/** Lets no client have more than its share of what the process has places for, each until its response is closed. */
export function limitShares(shares: Shares, refusals: RefusalLog): RequestHandler {
  const counts = new Map<string, number>();
  return (request, response, next) => {
    const share = shares[request.pathTemplate ?? ''];
    const isClosed = response.closed || request.socket.destroyed;
    if (share === undefined || share.lasts?.(request) === false || isClosed) {
      next();
      return;
    }
    const requester = requesterOf(request);
    const key = `${share.of} of ${requester.key}`;
    const count = counts.get(key) ?? 0;
    if (count >= share.max) {
      refusals.add(requester, share.of);
      throw tooMany(share);
    }
    counts.set(key, count + 1);
    response.once('close', () => {
      const left = (counts.get(key) ?? 0) - 1;
      if (left > 0) counts.set(key, left);
      else counts.delete(key);
    });
    next();
  };
}

function tooMany({ of, max }: Share): HttpProblem {
  const detail = `There may be ${max} ${of} of a client at a time. Send the same again when one has ended.`;
  return new HttpProblem({ name: 'too-many-requests', detail, headers: { 'Retry-After': '1' } });
}
