import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HttpFulfilment } from '../../src/infrastructure/fulfilment/http-fulfilment.js';
import { fulfilmentContract } from './fulfilment.contract.js';

fulfilmentContract('HttpFulfilment', async () => {
  const failed = new Set<string>();
  const respond = (orderId: string, product: string, response: ServerResponse): void => {
    if (product === 'endless') return;
    if (product === 'failsOnce' && !failed.has(orderId)) {
      failed.add(orderId);
      response.writeHead(500).end();
    } else response.writeHead(product === 'rejected' ? 422 : 204).end();
  };
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      const { orderId, product } = JSON.parse(body) as { orderId: string; product: string };
      respond(orderId, product, response);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/orders`;
  return {
    fulfilment: new HttpFulfilment({ url, timeoutMs: 5_000 }, { now: () => new Date() }),
    products: {
      fulfilled: 'fulfilled',
      rejected: 'rejected',
      failsOnce: 'failsOnce',
      endless: 'endless',
    },
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
});
