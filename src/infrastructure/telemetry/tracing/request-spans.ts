import { SpanKind, type Attributes } from '@opentelemetry/api';
import type { OpenSpan, Spans } from './spans.js';

/** A request whose path is known. */
interface BegunRequest {
  readonly method: string;
  readonly path: string;
  /** The template of the path. */
  readonly route: string;
  /** A valid trace context that the client sent. */
  readonly traceparent: string | undefined;
}

interface RequestTrace {
  /** For what the request causes. */
  readonly traceparent: string;
  /** In a trace that is recorded. */
  readonly span: RequestSpan | undefined;
}

interface RequestSpan {
  /** Begins a span for a part of what the request does. It ends with what is returned. */
  part(name: string, attributes: Attributes): () => void;
  /** @param status absent when the client gave up */
  end(status: number | undefined): void;
}

/** Goes on with the trace of the client, or begins one. @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/ */
export function beginRequest(
  spans: Spans,
  scheme: 'http' | 'https',
): (request: BegunRequest) => RequestTrace {
  return ({ method, path, route, traceparent }) => {
    const leftOut = spans.leaveOut(traceparent);
    if (leftOut !== undefined) return { traceparent: leftOut, span: undefined };
    const span = spans.begin(traceparent, {
      name: `${method} ${route}`,
      kind: SpanKind.SERVER,
      attributes: {
        'http.request.method': method,
        'url.path': path,
        'url.scheme': scheme,
        'http.route': route,
      },
    });
    return { traceparent: span.traceparent, span: requestSpan(spans, span) };
  };
}

function requestSpan(spans: Spans, span: OpenSpan): RequestSpan {
  return {
    part: (name, attributes) => {
      const part = spans.begin(span.traceparent, { name, kind: SpanKind.INTERNAL, attributes });
      return () => {
        part.end({});
      };
    },
    end: (status) => {
      const attributes = status === undefined ? {} : { 'http.response.status_code': status };
      span.end(attributes, failureOf(status));
    },
  };
}

function failureOf(status: number | undefined): string | undefined {
  if (status === undefined) return 'client_closed_request';
  return status >= 500 ? String(status) : undefined;
}
