import { cached, type Instruments } from './instruments.js';

/** A request that has its response, or was given up by its client: then there is no status. */
export interface ObservedResponse {
  readonly method: string;
  /** The template of its path; `undefined` where the service has nothing. */
  readonly route: string | undefined;
  readonly status: number | undefined;
  readonly durationMs: number;
}

const METHODS = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'CONNECT',
  'TRACE',
  'QUERY',
]);

/** OpenTelemetry's metric of an HTTP server. */
export function httpMetrics(instruments: Instruments): (response: ObservedResponse) => void {
  const durations = instruments.histogram(
    'http.server.request.duration',
    'From the head of a request to the end of its response.',
  );
  const series = cached((method: string) =>
    cached((route: string | undefined) =>
      cached((status: number | undefined) =>
        durations({
          'http.request.method': method,
          ...(route !== undefined && { 'http.route': route }),
          ...(status === undefined
            ? { 'error.type': 'client_closed_request' }
            : { 'http.response.status_code': String(status) }),
        }),
      ),
    ),
  );
  return ({ method, route, status, durationMs }) => {
    const known = METHODS.has(method) ? method : '_OTHER';
    series(known)(route)(status).record(durationMs / 1_000);
  };
}
