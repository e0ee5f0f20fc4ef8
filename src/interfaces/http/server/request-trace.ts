import type { Request, RequestHandler } from 'express';
import {
  traceIds,
  TRACEPARENT_HEADER,
  validTraceparent,
} from '../../../application/messages/trace-context.js';

/** A request whose path is known. */
export interface BegunRequest {
  readonly method: string;
  readonly path: string;
  /** The template of the path. */
  readonly route: string;
  /** A valid trace context that the client sent. */
  readonly traceparent: string | undefined;
}

/** The span of a request. */
export interface RequestSpan {
  /** For what the request causes. */
  readonly traceparent: string;
  /** Begins a span for a part of what the request does. It ends with what is returned. */
  part(name: string, attributes: Readonly<Record<string, string | number>>): () => void;
  /** @param status absent when the client gave up */
  end(status: number | undefined): void;
}

/** Returns `undefined` for a request that is not traced. */
export type BeginRequest = (request: BegunRequest) => RequestSpan | undefined;

declare module 'express-serve-static-core' {
  interface Request {
    /** Where traces are on. */
    span?: RequestSpan;
  }
}

/** Gives a request a span until its response is written. What reads the trace context of the request gets that of its span. */
export function requestTrace(begin: BeginRequest): RequestHandler {
  return (request, response, next) => {
    const { method, path, pathTemplate: route = path } = request;
    const span = begin({ method, path, route, traceparent: readTraceparent(request) });
    if (span !== undefined) {
      request.span = span;
      response.once('close', () => {
        span.end(response.writableFinished ? response.statusCode : undefined);
      });
    }
    next();
  };
}

/** The trace context of a request; `undefined` without a valid one. */
export function readTraceparent(request: Pick<Request, 'headers' | 'span'>): string | undefined {
  if (request.span !== undefined) return request.span.traceparent;
  const value = request.headers[TRACEPARENT_HEADER];
  return validTraceparent(typeof value === 'string' ? value : undefined);
}

/** What finds the lines of a request in the log. */
export function requestIds(request: Pick<Request, 'correlationId' | 'headers' | 'span'>) {
  return { correlationId: request.correlationId, ...traceIds(readTraceparent(request)) };
}
