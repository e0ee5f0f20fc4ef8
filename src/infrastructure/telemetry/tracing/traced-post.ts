import { SpanKind } from '@opentelemetry/api';
import { ifRecorded } from '../../../application/messages/trace-context.js';
import type { Post } from '../../fulfilment/http-post.js';
import type { Spans } from './spans.js';

/** A span for each POST in a recorded trace. @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/ */
export function tracedPost(post: Post, spans: Spans): Post {
  return (request) => {
    const { url } = request;
    const traceparent = ifRecorded(request.traceparent);
    if (traceparent === undefined) return post(request);
    const span = spans.begin(traceparent, {
      name: 'POST',
      kind: SpanKind.CLIENT,
      attributes: {
        'http.request.method': 'POST',
        'url.full': `${url.origin}${url.pathname}`,
        'server.address': url.hostname,
        'server.port': Number(url.port || (url.protocol === 'https:' ? 443 : 80)),
      },
    });
    return span.during(post({ ...request, traceparent: span.traceparent }), ({ status }) => ({
      'http.response.status_code': status,
      ...(status >= 400 && { 'error.type': String(status) }),
    }));
  };
}
