import { STATUS_CODES, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { IdGenerator } from '../../../application/ports/id-generator.js';
import { PROBLEM_MEDIA_TYPE, problemDetails, type Problem } from '../problems/problem-details.js';
import { CORRELATION_HEADER } from './correlation.js';

const LINGER_MS = 1_000;

/** What Node's parser can't read never becomes a request: its problem document is written by hand, and the connection ends. */
export function respondToParserErrors(
  server: Server,
  ids: IdGenerator,
  lastResponse: (connection: Duplex) => ServerResponse | undefined,
): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (!socket.writable || error.code === 'ECONNRESET' || belongsToAnother(lastResponse(socket))) {
      socket.destroy();
      return;
    }
    socket.end(rawResponse(toProblem(error.code), ids.next()));
    setTimeout(() => socket.destroy(), LINGER_MS).unref();
  });
}

/**
 * The client would take what is written now for the response to an earlier request, which is in flight or half sent; or the
 * request has its response, though its body never ended.
 */
function belongsToAnother(response: ServerResponse | undefined): boolean {
  if (response === undefined) return false;
  return response.req.complete ? !response.writableFinished : response.headersSent;
}

function toProblem(code: string | undefined): Problem {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return { name: 'headers-too-large', detail: 'The headers have more than 16 KiB.' };
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return { name: 'payload-too-large', detail: 'The chunk extensions are too large.' };
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { name: 'request-timeout', detail: 'The request did not arrive in time.' };
    default:
      return { name: 'malformed-request', detail: 'The request is not HTTP.' };
  }
}

function rawResponse(problem: Problem, correlationId: string): string {
  const details = problemDetails(problem, correlationId);
  const body = JSON.stringify(details);
  return [
    `HTTP/1.1 ${details.status} ${STATUS_CODES[details.status] ?? ''}`,
    `Content-Type: ${PROBLEM_MEDIA_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'X-Content-Type-Options: nosniff',
    `${CORRELATION_HEADER}: ${correlationId}`,
    'Connection: close',
    '',
    body,
  ].join('\r\n');
}
