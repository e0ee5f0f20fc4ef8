import http from 'node:http';
import https from 'node:https';

/** More than any reason needs; the rest is read and dropped. */
const MAX_BODY_BYTES = 65_536;

export interface PostRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** W3C trace context, sent as a header. */
  readonly traceparent?: string | undefined;
}

export interface PostResponse {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

export type Post = (request: PostRequest) => Promise<PostResponse>;

/** No connection was made, so nothing was sent. */
export class NotConnected extends Error {
  override readonly name = 'NotConnected';
}

/** The connection was made, but no whole response came. What the request did is unknown. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
}

/**
 * One POST over HTTP or HTTPS; redirects are not followed. `fetch` doesn't tell whether a connection was made.
 * Rejects with {@link NotConnected}, {@link ConnectionLost}, or the reason of `signal`.
 */
export function post({ url, body, timeoutMs, signal, ...given }: PostRequest): Promise<PostResponse> {
  const { traceparent } = given;
  const headers = traceparent === undefined ? given.headers : { ...given.headers, traceparent };
  return new Promise((resolve, reject) => {
    const isSecure = url.protocol === 'https:';
    let isConnected = false;
    // said, so that NODE_TLS_REJECT_UNAUTHORIZED=0 changes nothing
    const options = { method: 'POST', headers, signal, rejectUnauthorized: true };
    const request = (isSecure ? https : http).request(url, options);
    // not AbortSignal.timeout with AbortSignal.any: a POST takes 30 % more of the processor with them
    const timer = setTimeout(() => {
      fail(new Error(`no ${isConnected ? 'response' : 'connection'} within ${timeoutMs} ms`));
      request.destroy();
    }, timeoutMs);
    const fail = (cause: Error): void => {
      clearTimeout(timer);
      if (signal.aborted) reject(signal.reason as Error);
      else if (isConnected && !isTlsError(cause)) reject(new ConnectionLost(errorText(cause), { cause }));
      else reject(new NotConnected(errorText(cause), { cause }));
    };
    request.on('socket', (socket) => {
      if (request.reusedSocket) isConnected = true;
      else socket.once(isSecure ? 'secureConnect' : 'connect', () => (isConnected = true));
    });
    request.on('error', fail);
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        if (bytes < MAX_BODY_BYTES) chunks.push(chunk);
        bytes += chunk.byteLength;
      });
      response.on('error', fail);
      response.on('end', () => {
        clearTimeout(timer);
        const { statusCode = 0, headers: received } = response;
        resolve({ status: statusCode, headers: received, body: Buffer.concat(chunks).toString() });
      });
    });
    request.end(body);
  });
}

/** With TLS 1.3 a server may decline a client after the handshake. */
function isTlsError({ code }: NodeJS.ErrnoException): boolean {
  return code?.startsWith('ERR_SSL_') ?? false;
}

/** A host with several addresses fails with one error for each, and no message of its own. */
function errorText(error: Error & { errors?: readonly Error[]; code?: string }): string {
  if (error.message !== '') return error.message;
  const each = (error.errors ?? []).map(({ message }) => message);
  return [...new Set(each)].join(', ') || (error.code ?? error.name);
}
