import type { Request } from 'express';
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

export interface RequestTrace {
  /** For what the request causes. */
  readonly traceparent: string;
  /** In a trace that is recorded. It ends when the response is written. */
  readonly span: RequestSpan | undefined;
}

export interface RequestSpan {
  /** Begins a span for a part of what the request does. It ends with what is returned. */
  part(name: string, attributes: Readonly<Record<string, string | number>>): () => void;
  /** @param status absent when the client gave up */
  end(status: number | undefined): void;
}

/** Returns `undefined` for a request that is not traced. */
export type BeginRequest = (request: BegunRequest) => RequestTrace | undefined;

declare module 'express-serve-static-core' {
  interface Request {
    /** Where traces are on. */
    trace?: RequestTrace;
  }
}

/** Gives a request a trace. Its trace context is the one for what it causes. */
export function traceRequest(begin: BeginRequest, request: Request): void {
  const { method, path, pathTemplate: route = path } = request;
  const trace = begin({ method, path, route, traceparent: readTraceparent(request) });
  if (trace !== undefined) request.trace = trace;
}

/** The trace context of a request; `undefined` without a valid one. */
export function readTraceparent(request: Pick<Request, 'headers' | 'trace'>): string | undefined {
  if (request.trace !== undefined) return request.trace.traceparent;
  const value = request.headers[TRACEPARENT_HEADER];
  return validTraceparent(typeof value === 'string' ? value : undefined);
}

/** What finds the lines of a request in the log. */
export function requestIds(request: Pick<Request, 'caller' | 'correlationId' | 'headers' | 'trace'>) {
  const { caller, correlationId } = request;
  return { correlationId, ...(caller && { client: caller.name }), ...traceIds(readTraceparent(request)) };
}
