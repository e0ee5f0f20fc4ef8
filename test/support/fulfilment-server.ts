import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The other side of `FULFILMENT_URL`: takes its time, and notes how often it was asked for each order. Fails on product `fail`. */
export class FulfilmentServer {
  /** By the idempotency key, which is the order's id. */
  readonly asked = new Map<string, number>();

  private constructor(
    private readonly server: Server,
    private readonly workMs: { readonly min: number; readonly max: number },
  ) {
    server.on('request', (request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (text: string) => (body += text));
      request.on('end', () => {
        const id = String(request.headers['idempotency-key']);
        this.asked.set(id, (this.asked.get(id) ?? 0) + 1);
        const { product } = JSON.parse(body) as { product: string };
        const { min, max } = this.workMs;
        setTimeout(
          () => response.writeHead(product === 'fail' ? 500 : 204).end(),
          min + Math.random() * (max - min),
        );
      });
    });
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
