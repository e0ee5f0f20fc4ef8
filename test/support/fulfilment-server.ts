import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** `hang`: no answer comes. `refuse`: no connection is taken. `garbage`: what comes is no HTTP. */
export type FulfilmentMood = 'works' | 'fails' | 'hangs' | 'refuses' | 'garbage';

/**
 * The other side of `FULFILMENT_URL`: takes its time, and counts what it did. Whatever its mood,
 * it fails on product `fail` and refuses product `refuse`.
 */
export class FulfilmentServer {
  /** How often it did what it was asked for, or refused to for good, by the idempotency key, which is the order's id. */
  readonly done = new Map<string, number>();
  /** Requests whose key was not the order's id. */
  readonly misnamed: string[] = [];
  mood: FulfilmentMood = 'works';

  private constructor(
    private readonly server: Server,
    private readonly workMs: { readonly min: number; readonly max: number },
  ) {
    server.on('connection', (socket) => {
      if (this.mood === 'refuses') socket.destroy();
    });
    server.on('request', (request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (text: string) => (body += text));
      request.on('end', () => this.answer(request, body, response));
    });
  }

  private answer({ headers, socket }: IncomingMessage, body: string, response: ServerResponse): void {
    const id = String(headers['idempotency-key']);
    const { orderId, product } = JSON.parse(body) as { orderId: string; product: string };
    if (orderId !== id) this.misnamed.push(`${orderId} under ${id}`);
    if (this.mood === 'refuses') socket.destroy();
    else if (this.mood === 'garbage') socket.end('\0\u0001 what?\r\n\r\n');
    if (['refuses', 'garbage', 'hangs'].includes(this.mood)) return;
    const fails = this.mood === 'fails' || product === 'fail';
    const status = fails ? 500 : product === 'refuse' ? 422 : 204;
    if (!fails) this.done.set(id, (this.done.get(id) ?? 0) + 1);
    const { min, max } = this.workMs;
    setTimeout(() => response.writeHead(status).end(), min + Math.random() * (max - min));
  }

  static async start(workMs: { readonly min: number; readonly max: number }): Promise<FulfilmentServer> {
    // never the first to close a connection: an order on its way would look as if it had failed
    const server = createServer({ keepAliveTimeout: 0 }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new FulfilmentServer(server, workMs);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/orders`;
  }

  async stop(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }
}
