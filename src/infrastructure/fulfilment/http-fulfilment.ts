import {
  FulfilmentFailed,
  type Fulfilment,
  type FulfilmentOutcome,
} from '../../application/ports/fulfilment.js';
import type { Clock } from '../../application/ports/clock.js';
import type { Order } from '../../domain/order/order.js';

export interface HttpFulfilmentSettings {
  readonly url: string;
  /** For the whole answer; below what an attempt may take. */
  readonly timeoutMs: number;
}

const MAX_REASON_CHARACTERS = 512;
/** Client errors that say "not now" rather than "never". */
const NOT_NOW = new Set([408, 429]);

/**
 * POSTs the order as JSON, its id as `Idempotency-Key`. 2xx: done. 4xx, save 408 and 429: refused for good, with the reason
 * that the answer gives. Anything else, or no answer: failed this time; `Retry-After` is honoured.
 */
export class HttpFulfilment implements Fulfilment {
  constructor(
    private readonly settings: HttpFulfilmentSettings,
    private readonly clock: Clock,
  ) {}

  async fulfil(order: Order, signal: AbortSignal): Promise<FulfilmentOutcome> {
    const { status, ok, headers, body } = await this.post(order, signal);
    if (ok) return { kind: 'fulfilled' };
    if (status >= 400 && status < 500 && !NOT_NOW.has(status)) {
      return { kind: 'refused', reason: reasonOf(body) ?? `fulfilment answered ${status}` };
    }
    const retryAfterMs = retryAfter(headers.get('retry-after'), this.clock.now());
    throw new FulfilmentFailed(`fulfilment answered ${status}`, { retryAfterMs });
  }

  private async post(order: Order, signal: AbortSignal) {
    const { orderId, product, quantity, placedAt } = order.state;
    // Not AbortSignal.timeout(): below `any` nothing holds that, and once it is collected it never fires.
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(), this.settings.timeoutMs);
    try {
      const answer = await fetch(this.settings.url, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'Idempotency-Key': orderId },
        body: JSON.stringify({ orderId, product, quantity, placedAt }),
        redirect: 'manual',
        signal: AbortSignal.any([signal, timeout.signal]),
      });
      return { status: answer.status, ok: answer.ok, headers: answer.headers, body: await answer.text() };
    } catch (cause) {
      signal.throwIfAborted();
      throw new FulfilmentFailed('fulfilment did not answer', { cause });
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Of a problem document (RFC 9457) its detail or title, else the text; one line that any store can keep. */
function reasonOf(body: string): string | undefined {
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

/** In ms from now; the header is in seconds or a date (RFC 9110, 10.2.3). What is neither asks for nothing. */
function retryAfter(header: string | null, now: Date): number {
  if (header === null) return 0;
  const ms = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - now.getTime();
  return Number.isNaN(ms) ? 0 : Math.max(0, ms);
}
