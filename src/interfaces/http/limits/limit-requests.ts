import type { ErrorRequestHandler, RequestHandler } from 'express';
import { rateLimit } from 'express-rate-limit';
import { HttpProblem } from '../problems/problem-details.js';
import type { RefusalLog } from './refusal-log.js';
import { RequestCounts } from './request-counts.js';
import { requesterOf } from './requester.js';

const API = '/api/';
/** So much may come at once: what comes in ten seconds at the rate that is allowed. */
const WINDOW_S = 10;

/**
 * Counts each request to the API once: for its client, or for its address as long as nobody has proven who it is. Its credential
 * was looked at before, as a valid one counts whatever else comes from its address. The first handler is for requests that have
 * failed by then.
 */
export function limitRequests(
  perSecond: number,
  refusals: RefusalLog,
  now?: () => number,
): [ErrorRequestHandler, RequestHandler] {
  const limit = perSecond * WINDOW_S;
  const detail = `There may be ${limit} requests in ${WINDOW_S} s. Send the same again after the time in Retry-After.`;
  const count = rateLimit({
    ...{ windowMs: WINDOW_S * 1_000, limit, store: new RequestCounts(WINDOW_S * 1_000, now) },
    ...{ standardHeaders: 'draft-8', identifier: 'requests', legacyHeaders: false, validate: false },
    keyGenerator: (request) => requesterOf(request).key,
    skip: ({ path }) => !path.startsWith(API),
    handler: (request, _response, next) => {
      refusals.add(requesterOf(request), 'requests');
      next(new HttpProblem({ name: 'too-many-requests', detail }));
    },
  });
  const countFailed: ErrorRequestHandler = (error, request, response, next) => {
    void count(request, response, (refusal: unknown) => next(refusal ?? error));
  };
  return [countFailed, count];
}
