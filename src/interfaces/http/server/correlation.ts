import type { RequestHandler } from 'express';
import type { IdGenerator } from '../../../application/ports/id-generator.js';
import { HttpProblem } from '../problems/problem-details.js';
import { invalidRequest } from '../problems/problem-mapping.js';

declare module 'express-serve-static-core' {
  interface Request {
    /** The client's, or one made here. */
    correlationId: string;
  }
}

export const CORRELATION_HEADER = 'X-Correlation-Id';
const CORRELATION_ID = /^[\x21-\x7e]{1,128}$/;

/** Gives each request, and its response, a correlation id. */
export function correlation(ids: IdGenerator): RequestHandler {
  return (request, response, next) => {
    const sent = request.get(CORRELATION_HEADER);
    const valid = sent !== undefined && CORRELATION_ID.test(sent);
    const correlationId = valid ? sent : ids.next();
    request.correlationId = correlationId;
    response.setHeader(CORRELATION_HEADER, correlationId);
    next(valid || sent === undefined ? undefined : new HttpProblem(INVALID_CORRELATION_ID));
  };
}

const INVALID_CORRELATION_ID = invalidRequest([
  { field: CORRELATION_HEADER, in: 'header', detail: 'must be 1 to 128 visible ASCII characters' },
]);
