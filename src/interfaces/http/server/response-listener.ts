import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Request } from 'express';
import type { Logger } from '../../../application/ports/logger.js';
import { requestIds } from './request-trace.js';

/** A request whose response is written, or whose client gave it up: then there is no status. */
export interface EndedRequest {
  readonly method: string;
  /** The template of its path; `undefined` where there is nothing. */
  readonly route: string | undefined;
  readonly status: number | undefined;
  readonly durationMs: number;
}

export type ResponseListener = (ended: EndedRequest) => void;

/** When a request has ended, ends its span, tells `listener` of it, and logs a debug line. */
export function listenToResponse(
  request: IncomingMessage,
  response: ServerResponse,
  logger: Logger,
  listener: ResponseListener | undefined,
): void {
  const startedAt = performance.now();
  const path = request.url?.split('?', 1)[0];
  response.once('close', () => {
    const { method, pathTemplate: route, trace } = request as Request;
    const status = response.writableFinished ? response.statusCode : undefined;
    const durationMs = performance.now() - startedAt;
    trace?.span?.end(status);
    listener?.({ method, route, status, durationMs });
    logger.debug('responded', () => ({
      ...requestIds(request as Request),
      ...{ method, path, status, durationMs: Math.round(durationMs) },
    }));
  });
}
