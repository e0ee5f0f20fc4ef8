import {
  FulfilmentFailed,
  FulfilmentUnavailable,
  type Fulfilment,
  type FulfilmentOutcome,
} from '../../application/ports/fulfilment.js';
import type { Clock } from '../../application/ports/clock.js';
import type { Order } from '../../domain/order/order.js';
import { FulfilmentCredentials, type FulfilmentSecrets } from './fulfilment-credentials.js';
import { NotConnected, post, type Post, type PostResponse } from './http-post.js';

export interface HttpFulfilmentSettings extends FulfilmentSecrets {
  /** A user and a password in it are sent as `Authorization: Basic`. */
  readonly url: string;
  /** For the whole response; below what an attempt may take. */
  readonly timeoutMs: number;
}

const MAX_REASON_CHARACTERS = 512;

/** Fulfilment rejected the order, for good. */
const REJECTED = new Set([409, 422]);
/** No order fares better until an operator or time has helped, and what to look at. */
const UNAVAILABLE: Readonly<Record<number, string>> = {
  401: 'check its credentials',
  403: 'check the permissions of its user',
  404: 'check the path of its URL',
  405: 'it allows no POST there: check its URL',
  407: 'check the proxy before it',
  502: 'check it, and the gateway before it',
  503: 'check whether it is up',
  504: 'check it, and the gateway before it',
};
/** Client errors that mean "not now". */
const NOT_NOW = new Set([408, 425, 429]);

/** POSTs the order as JSON, its id as `Idempotency-Key`. ADR 0016 has what each status means; `Retry-After` is honoured. */
export class HttpFulfilment implements Fulfilment {
  private readonly credentials: FulfilmentCredentials;

  constructor(
    private readonly settings: HttpFulfilmentSettings,
    private readonly clock: Clock,
    private readonly send: Post = post,
  ) {
    this.credentials = new FulfilmentCredentials(settings.url, settings);
  }

  async fulfil(order: Order, signal: AbortSignal, traceparent?: string): Promise<FulfilmentOutcome> {
    const { status, headers, body } = await this.post(order, signal, traceparent);
    if (status >= 200 && status < 300) return { kind: 'fulfilled' };
    if (REJECTED.has(status)) {
      const reason = readReason(body);
      const isShown = reason !== undefined && !this.credentials.areIn(reason);
      return { kind: 'rejected', reason: isShown ? reason : `fulfilment responded ${status}` };
    }
    const retryAfterMs = parseRetryAfter(headers['retry-after'], this.clock.now());
    const advice = UNAVAILABLE[status];
    if (advice !== undefined) {
      throw new FulfilmentUnavailable(`fulfilment responded ${status}: ${advice}`, { retryAfterMs });
    }
    const mayBeOutage = status >= 500 || NOT_NOW.has(status);
    throw new FulfilmentFailed(`fulfilment responded ${status}`, { retryAfterMs, mayBeOutage });
  }

  private async post(order: Order, signal: AbortSignal, traceparent?: string): Promise<PostResponse> {
    signal.throwIfAborted();
    const { orderId, product, quantity, placedAt } = order.state;
    const body = JSON.stringify({ orderId, product, quantity, placedAt });
    const credentials = this.credentials.headers(orderId, this.clock.now(), body);
    try {
      return await this.send({
        url: this.credentials.url,
        headers: { 'Content-Type': 'application/json', 'Idempotency-Key': orderId, ...credentials },
        body,
        timeoutMs: this.settings.timeoutMs,
        signal,
        traceparent,
      });
    } catch (cause) {
      signal.throwIfAborted();
      if (cause instanceof NotConnected) {
        throw new FulfilmentUnavailable(`fulfilment can't be reached: ${cause.message}`, { cause });
      }
      throw new FulfilmentFailed('fulfilment did not respond', { cause });
    }
  }
}

/** Of a problem document (RFC 9457) its detail or title, else the text; one line that any store can keep. */
function readReason(body: string): string | undefined {
  const text = problemText(body) ?? body;
  const line = text
    .replaceAll(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .toWellFormed();
  return line === '' ? undefined : Array.from(line).slice(0, MAX_REASON_CHARACTERS).join('');
}

function problemText(body: string): string | undefined {
  try {
    const problem = JSON.parse(body) as { detail?: unknown; title?: unknown } | null;
    return [problem?.detail, problem?.title].find((text) => typeof text === 'string');
  } catch {
    return undefined; // not JSON: the text itself is the reason
  }
}

/** In ms from now; the header is in seconds or a date (RFC 9110, 10.2.3). Anything else counts as 0. */
function parseRetryAfter(header: string | undefined, now: Date): number {
  if (header === undefined) return 0;
  const ms = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - now.getTime();
  return Number.isNaN(ms) ? 0 : Math.max(0, ms);
}
