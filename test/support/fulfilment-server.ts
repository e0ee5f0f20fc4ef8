import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { findFreePorts } from '../../tools/dev-servers/free-ports.js';
import { waitFor } from '../../packages/delivery/src/contract/wait-for.js';

/** It can't work for any order, and says so: no order is at fault, and no attempt is counted. */
export const UNAVAILABLE = [
  'refuses',
  '401',
  '403',
  '404',
  '405',
  '407',
  '502',
  '503',
  '503-retry-after',
  '504',
] as const;
/** Each order fails, as it would by a fault of its own: attempts are counted. */
export const FAILING = ['500', 'hangs', 'garbage', 'drops'] as const;

/**
 * A number: it responds with that status. `refuses`: nobody listens. `hangs`: no response comes. `garbage`: what comes is no
 * HTTP. `drops`: it closes the connection instead of responding.
 */
export type FulfilmentOutage = (typeof UNAVAILABLE)[number] | (typeof FAILING)[number];

/** For products that are not just fulfilled; an outage comes first. */
const STATUS_BY_PRODUCT: Readonly<Record<string, number>> = { fail: 500, reject: 422, unavailable: 503 };
/** Fails as `fail` does, until the order is repaired. */
export const REPAIRABLE = 'fail-until-repaired';
const RETRY_AFTER_S = 2;

/**
 * The other side of `FULFILMENT_URL`: takes its time, and counts what it did. It always responds with 500 to product `fail`,
 * with 422 to `reject`, and with 503 to `unavailable`, while other orders succeed.
 */
export class FulfilmentServer {
  /** How often it fulfilled or rejected an order, by the idempotency key, which is the order's id. */
  readonly done = new Map<string, number>();
  /** Requests whose key was not the order's id. */
  readonly misnamed: string[] = [];
  /** Ids of orders of the product {@link REPAIRABLE} that succeed. */
  readonly repaired = new Set<string>();
  /** The trace context of the latest request. */
  traceparent: string | string[] | undefined;
  private outage: FulfilmentOutage | undefined;

  private constructor(
    private readonly server: Server,
    private readonly port: number,
    private readonly workMs: { readonly min: number; readonly max: number },
  ) {
    server.on('request', (request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (text: string) => (body += text));
      this.traceparent = request.headers['traceparent'];
      request.on('end', () => this.respond(request, body, response));
    });
  }

  /** It is never the first to close a connection: an order in flight would look as if it had failed. */
  static async start(workMs: { readonly min: number; readonly max: number }): Promise<FulfilmentServer> {
    const server = createServer({ keepAliveTimeout: 0 });
    const [port = 0] = await findFreePorts(1);
    await listen(server, port);
    return new FulfilmentServer(server, port, workMs);
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/orders`;
  }

  async begin(outage: FulfilmentOutage): Promise<void> {
    this.outage = outage;
    if (outage === 'refuses') await this.close();
  }

  async recover(): Promise<void> {
    if (!this.server.listening) await listen(this.server, this.port);
    this.outage = undefined;
  }

  async stop(): Promise<void> {
    if (this.server.listening) await this.close();
  }

  private async close(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }

  private respond({ headers, socket }: IncomingMessage, body: string, response: ServerResponse): void {
    const id = String(headers['idempotency-key']);
    const { orderId, product } = JSON.parse(body) as { orderId: string; product: string };
    if (orderId !== id) this.misnamed.push(`${orderId} under ${id}`);
    const { outage } = this;
    if (outage === 'hangs') return;
    if (outage === 'drops' || outage === 'refuses') return void socket.destroy();
    if (outage === 'garbage') return void socket.end('\0\u0001 what?\r\n\r\n');
    const status = outage === undefined ? this.findStatus(id, product) : parseInt(outage);
    if (status === 204 || status === 422) this.done.set(id, (this.done.get(id) ?? 0) + 1);
    if (outage === '503-retry-after') response.setHeader('Retry-After', RETRY_AFTER_S);
    const { min, max } = this.workMs;
    setTimeout(() => response.writeHead(status).end(), min + Math.random() * (max - min));
  }

  private findStatus(id: string, product: string): number {
    if (product === REPAIRABLE) return this.repaired.has(id) ? 204 : 500;
    return STATUS_BY_PRODUCT[product] ?? 204;
  }
}

/** Somebody may have the port for a moment. */
async function listen(server: Server, port: number): Promise<void> {
  await waitFor(`port ${port} to listen on`, async () => {
    const listening = once(server, 'listening');
    server.listen(port, '127.0.0.1');
    await listening;
    return server.listening;
  });
}
