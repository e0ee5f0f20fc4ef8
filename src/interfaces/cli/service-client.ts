import type { ProblemDetails } from '../http/problems/problem-details.js';

/** The service did not do it. The message is one line that says what to do. */
export class ServiceFailed extends Error {
  override readonly name = 'ServiceFailed';
}

export interface ServiceAnswer {
  readonly status: number;
  readonly text: string;
}

const TIMEOUT_MS = 60_000;

/** What the service at `url` answers. @throws ServiceFailed when there is none, or it isn't an order service */
export async function ask(url: string, path: string, init: RequestInit): Promise<ServiceAnswer> {
  try {
    const response = await fetch(url + path, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) });
    const { status, headers } = response;
    if (headers.has('x-correlation-id')) return { status, text: await response.text() };
    throw new ServiceFailed(`${url} answered ${status}, and not as an order service does: is the URL right?`);
  } catch (cause) {
    if (cause instanceof ServiceFailed) throw cause;
    const why =
      (cause as Error).name === 'TimeoutError'
        ? `${url} did not answer within ${TIMEOUT_MS / 1_000} s; what it did stays done: run the same again`
        : `no service answers at ${url}: start it, or say where it is with --url or ORDER_SERVICE_URL`;
    throw new ServiceFailed(why, { cause });
  }
}

/** What a problem says, in one line. */
export function lineOf({ status, title, detail, correlationId }: ProblemDetails): string {
  return status === 500 ? `${title}; its log has more under the correlation id ${correlationId}` : detail;
}
