import type {
  DeadLetterList,
  DeadLetterOutcome,
  DeadLetterSelection,
  DeadLetterView,
} from '../http/dead-letters/dead-letter-dtos.js';
import type {
  ImportSummary,
  OrderAccepted,
  OrderRequest,
  OrderView,
  PendingOrderView,
} from '../http/orders/order-dtos.js';
import type { ProblemDetails } from '../http/problems/problem-details.js';

/** The service did not do it. The message says why, and what to do. */
export class ServiceFailed extends Error {
  override readonly name: string = 'ServiceFailed';
}

/** The same request may succeed later. */
export class ServiceUnavailable extends ServiceFailed {
  override readonly name = 'ServiceUnavailable';
}

/** Where the service is, and what proves to it who asks: an API key or a token. */
export interface ServiceAddress {
  readonly url: string;
  readonly key?: string | undefined;
}

/** As it is in JSON. */
type Json<T> = T extends Date ? string : T extends object ? { [Key in keyof T]: Json<T[Key]> } : T;

export type ShownDeadLetter = Json<DeadLetterView>;
export type ShownOrder = Json<OrderView | PendingOrderView>;

/** An order that was accepted, and where it is found. */
export interface SentOrder extends OrderAccepted {
  readonly location: string;
}

export interface AwaitedOrder {
  readonly order: ShownOrder;
  /** Whether the service waited as long as it was asked to, or until the order was completed. */
  readonly hasWaited: boolean;
}

export type Selection = {
  readonly [Key in keyof DeadLetterSelection]: DeadLetterSelection[Key] | undefined;
};

export interface InvalidLine {
  readonly line: number;
  readonly why: string;
}

interface ImportResponseLine {
  readonly line?: number;
  readonly problem?: ProblemDetails;
  readonly summary?: ImportSummary;
}

const TIMEOUT_MS = 60_000;
/** Of the codes of Node and OpenSSL. */
const CERTIFICATE_PROBLEM = /CERT|SIGNATURE|ISSUER/;
const DEAD_LETTERS = '/api/DeadLetter';

/** The HTTP API of a running service. Everything rejects with {@link ServiceFailed}. */
export class ServiceClient {
  private readonly url: string;
  private readonly credential: Readonly<Record<string, string>>;

  constructor({ url, key }: ServiceAddress) {
    this.url = url;
    this.credential = key === undefined ? {} : toHeader(key);
  }

  async listDeadLetters(
    query: Selection & { readonly sort?: string | undefined },
  ): Promise<Json<DeadLetterList>> {
    const given = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) given.set(name, String(value));
    }
    return this.askOperations('GET', `${DEAD_LETTERS}?${given.toString()}`);
  }

  async showDeadLetter(id: string): Promise<ShownDeadLetter> {
    return this.askOperations('GET', `${DEAD_LETTERS}/${id}`);
  }

  async resolveDeadLetters(
    how: 'redrive' | 'discard',
    selection: Selection,
  ): Promise<Json<DeadLetterOutcome>> {
    const path = how === 'redrive' ? 'Redrive' : 'Discard';
    return this.askOperations('POST', `${DEAD_LETTERS}/${path}`, JSON.stringify(selection));
  }

  async sendOrder(order: OrderRequest): Promise<SentOrder> {
    const { status, text, headers } = await this.request('/api/Order/Send', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(order),
    });
    if (status !== 202) throw failure(status, text);
    return { ...(JSON.parse(text) as OrderAccepted), location: headers.get('location') ?? '' };
  }

  /** @param location as it came with the order, or its path alone */
  async findOrder(location: string): Promise<ShownOrder> {
    return (await this.awaitOrder(location, 0)).order;
  }

  /** The service waits until the order is completed, for so many seconds at most. */
  async awaitOrder(location: string, waitS: number): Promise<AwaitedOrder> {
    const init = waitS === 0 ? {} : { headers: { Prefer: `wait=${waitS}` } };
    const { status, text, headers } = await this.request(location, init);
    if (status !== 200) throw failure(status, text);
    return { order: JSON.parse(text) as ShownOrder, hasWaited: headers.has('preference-applied') };
  }

  /** @throws ServiceFailed unless every line is published or invalid */
  async importLines(
    lines: Buffer,
    firstLine: number,
    idempotencyKey: string,
  ): Promise<ImportSummary & { readonly invalidLines: readonly InvalidLine[] }> {
    const { status, text } = await this.request(`/api/Order/Import?firstLine=${firstLine}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-ndjson', 'Idempotency-Key': idempotencyKey },
      body: lines,
    });
    if (status !== 200) throw failure(status, text);
    const response = text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as ImportResponseLine);
    const summary = response.at(-1)?.summary;
    if (summary?.complete !== true)
      throw new ServiceUnavailable(summary?.problem?.title ?? 'the response is not complete');
    const invalidLines = response.flatMap(({ line, problem }) =>
      line === undefined || problem === undefined ? [] : [{ line, why: describeProblem(problem) }],
    );
    return { ...summary, invalidLines };
  }

  private async askOperations<T>(method: string, path: string, body?: string): Promise<T> {
    const headers = { 'Content-Type': 'application/json' };
    const { status, text } = await this.request(path, { method, headers, ...(body && { body }) });
    if (status === 200) return JSON.parse(text) as T;
    const problem = JSON.parse(text) as ProblemDetails;
    const isOff = problem.type.endsWith(':unknown-path');
    const off = `the service at ${this.url} does not serve operators: start it with OPERATIONS_API=on, or name another with --url`;
    throw new ServiceFailed(isOff ? off : describeProblem(problem));
  }

  private async request(path: string, init: RequestInit) {
    const { url } = this;
    try {
      const headers = { ...(init.headers as Record<string, string> | undefined), ...this.credential };
      const response = await fetch(url + path, { ...init, headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
      const { status, headers: received } = response;
      if (received.has('x-correlation-id')) return { status, headers: received, text: await response.text() };
      throw new ServiceUnavailable(
        `${url} responded with ${status}, but not as an order service does: is the URL right?`,
      );
    } catch (cause) {
      if (cause instanceof ServiceFailed) throw cause;
      const { code = '', message } = ((cause as Error).cause ?? {}) as NodeJS.ErrnoException;
      if (CERTIFICATE_PROBLEM.test(code)) {
        const advice = 'NODE_EXTRA_CA_CERTS names a file with authorities to trust';
        throw new ServiceFailed(`the service at ${url} can't be trusted: ${message}. ${advice}`, { cause });
      }
      const why =
        (cause as Error).name === 'TimeoutError'
          ? `${url} did not respond within ${TIMEOUT_MS / 1_000} s; what it did stays done: run the same again`
          : `no service responds at ${url}: start it, or say where it is with --url or ORDER_SERVICE_URL`;
      throw new ServiceUnavailable(why, { cause });
    }
  }
}

function failure(status: number, problem: string): ServiceFailed {
  const why = describeProblem(JSON.parse(problem) as ProblemDetails);
  return status >= 500 || status === 429 ? new ServiceUnavailable(why) : new ServiceFailed(why);
}

/** A JWT has three parts; a key of the service has no point. */
function toHeader(key: string): Record<string, string> {
  return key.split('.').length === 3 ? { Authorization: `Bearer ${key}` } : { 'X-API-Key': key };
}

/** In one line. */
function describeProblem({ status, title, detail, correlationId }: ProblemDetails): string {
  if (status === 401) return `${detail} Give it with --key or ORDER_SERVICE_KEY.`;
  return status === 500 ? `${title}; its log has more under the correlation id ${correlationId}` : detail;
}
