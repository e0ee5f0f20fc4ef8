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
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

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

/** An invalid trace context is dropped, as W3C asks for. @see https://www.w3.org/TR/trace-context/ */
export function validTraceparent(value: string | undefined): string | undefined {
  return value !== undefined && TRACEPARENT.test(value) ? value : undefined;
}
