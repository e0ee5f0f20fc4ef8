import { execFile } from 'node:child_process';
import { Agent, request } from 'node:http';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const SATURATE = fileURLToPath(new URL('load/saturate.mjs', import.meta.url));
const IMPORTS = fileURLToPath(new URL('load/imports.mjs', import.meta.url));
const CONNECTIONS = 64;
const TICK_MS = 1;

/** Besides those that each request has. */
export type Headers = Readonly<Record<string, string>>;

/** Times are ms since the epoch, `p50` and `p99` ms from request to response. */
export interface Saturation {
  readonly startedAt: number;
  readonly endedAt: number;
  readonly accepted: number;
  readonly perSecond: number;
  readonly refused: number;
  readonly p50: number;
  readonly p99: number;
}

/**
 * 64 clients, in a process of their own, that send an order as soon as they have the response to the last one. The service
 * makes the ids, but where the orders have so many `ids` in turn.
 */
export async function saturate(
  url: string,
  seconds: number,
  { ids = 0, headers = {} }: { readonly ids?: number; readonly headers?: Headers } = {},
): Promise<Saturation> {
  const args = [SATURATE, url, ...[CONNECTIONS, seconds, ids].map(String), JSON.stringify(headers)];
  const { stdout } = await run(process.execPath, args, { timeout: (seconds + 60) * 1_000 });
  const found = JSON.parse(stdout) as Omit<Saturation, 'perSecond'>;
  return { ...found, perSecond: (found.accepted * 1_000) / (found.endedAt - found.startedAt) };
}

/** Returns how many orders a second so many imports at once, in a process of their own, bring in. */
export async function importFor(url: string, imports: number, seconds: number): Promise<number> {
  const args = [IMPORTS, new URL('/api/Order/Import', url).href, String(imports), String(seconds)];
  const { stdout } = await run(process.execPath, args, { timeout: (seconds + 60) * 1_000 });
  return (JSON.parse(stdout) as { perSecond: number }).perSecond;
}

/**
 * Sends orders at a rate that does not depend on the responses: an order that must wait has waited. Returns when each was
 * sent, by its id.
 */
export async function steady(url: string, perSecond: number, seconds: number): Promise<Map<string, number>> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS * 4 });
  const sentAt = new Map<string, number>();
  const responses: Promise<void>[] = [];
  const startedAt = now();
  await new Promise<void>((resolve) => {
    const ticks = setInterval(() => {
      const due = Math.min(perSecond * seconds, Math.floor(((now() - startedAt) / 1_000) * perSecond));
      while (sentAt.size < due) {
        const orderId = `steady-${startedAt}-${sentAt.size}`;
        sentAt.set(orderId, now());
        responses.push(post(url, { orderId, product: 'Espresso machine', quantity: 2 }, agent));
      }
      if (sentAt.size < perSecond * seconds) return;
      clearInterval(ticks);
      resolve();
    }, TICK_MS);
  });
  await Promise.all(responses);
  agent.destroy();
  return sentAt;
}

/** @throws Error when the response is not 2xx */
export function post(url: string, body: object, agent?: Agent, others: Headers = {}): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', ...others };
    const sending = request(url, { method: 'POST', headers, timeout: 30_000, ...(agent && { agent }) });
    sending.once('response', (response) => {
      const { statusCode = 0 } = response.resume();
      response.once('end', () =>
        statusCode < 300 ? resolve() : reject(new Error(`the response was ${statusCode}`)),
      );
    });
    sending.once('error', reject);
    sending.once('timeout', () => sending.destroy(new Error('no response within 30 s')));
    sending.end(JSON.stringify(body));
  });
}

function now(): number {
  return performance.timeOrigin + performance.now();
}
