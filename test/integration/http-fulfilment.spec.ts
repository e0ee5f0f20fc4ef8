import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { HttpFulfilment } from '../../src/infrastructure/fulfilment/http-fulfilment.js';
import { anOrder } from '../support/an-order.js';

const NOW = new Date('2026-01-02T03:04:05.000Z');
const order = anOrder().withId('order-1').withProduct('Müsli').withQuantity(3).placed();

interface Received {
  readonly method: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

let server: Server;
let url: string;
let received: Received[];
let answer: (response: ServerResponse) => void;

beforeEach(async () => {
  received = [];
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method, headers } = request;
      received.push({ method, headers, body: JSON.parse(Buffer.concat(chunks).toString()) });
      answer(response);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/orders`;
});
afterEach(async () => {
  server.closeAllConnections();
  if (server.listening) {
    server.close();
    await once(server, 'close');
  }
});

const fulfil = (timeoutMs = 5_000, signal = new AbortController().signal) =>
  new HttpFulfilment({ url, timeoutMs }, { now: () => NOW }).fulfil(order, signal);
const answering =
  (status: number, body = '', headers: Record<string, string> = {}) =>
  (response: ServerResponse): void => {
    response.writeHead(status, headers).end(body);
  };

describe('fulfilment over HTTP', () => {
  it('posts the order as JSON, with its id as idempotency key', async () => {
    answer = answering(200);
    await fulfil();
    expect(received).toMatchObject([
      {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': 'order-1' },
        body: {
          orderId: 'order-1',
          product: 'Müsli',
          quantity: 3,
          placedAt: order.state.placedAt.toISOString(),
        },
      },
    ]);
  });

  it.each([200, 201, 202, 204])('has carried the order out at %d', async (status) => {
    answer = answering(status);
    expect(await fulfil()).toEqual({ kind: 'fulfilled' });
  });

  it.each([
    ['the detail of a problem', '{"title":"No","detail":"sold out"}', 'sold out'],
    ['its title, when it has no detail', '{"title":"No"}', 'No'],
    ['the text, when it is no problem', 'sold\r\n\tout\0 ', 'sold out'],
    ['JSON that is something else', '[1]', '[1]'],
    ['null', 'null', 'null'],
    ['the status, when there is nothing', '', 'fulfilment answered 422'],
    ['512 characters at most', '😀'.repeat(600), '😀'.repeat(512)],
  ])(
    'refuses the order for good at 422, for the reason that the answer gives: %s',
    async (_what, body, reason) => {
      answer = answering(422, body);
      expect(await fulfil()).toEqual({ kind: 'refused', reason });
    },
  );

  it.each([400, 401, 404, 409, 499])('refuses the order for good at %d', async (status) => {
    answer = answering(status);
    expect(await fulfil()).toMatchObject({ kind: 'refused' });
  });

  it.each([301, 304, 408, 429, 500, 502, 503, 599])('has failed this time at %d', async (status) => {
    answer = answering(status, '', { Location: url });
    await expect(fulfil()).rejects.toMatchObject({
      name: 'FulfilmentFailed',
      message: `fulfilment answered ${status}`,
      retryAfterMs: 0,
      mayBeOutage: true,
    });
    expect(received).toHaveLength(1);
  });

  it.each([
    ['seconds', '7', 7_000],
    ['a date', 'Fri, 02 Jan 2026 03:05:05 GMT', 60_000],
    ['a date that has passed', 'Fri, 02 Jan 2026 03:00:00 GMT', 0],
    ['garbage', 'soon', 0],
  ])('says how long it is asked to wait, in %s', async (_what, header, retryAfterMs) => {
    answer = answering(503, '', { 'Retry-After': header });
    await expect(fulfil()).rejects.toMatchObject({ name: 'FulfilmentFailed', retryAfterMs });
  });

  it('has failed this time when there is no answer in time', async () => {
    answer = () => undefined;
    await expect(fulfil(50)).rejects.toMatchObject({
      name: 'FulfilmentFailed',
      message: 'fulfilment did not answer',
      mayBeOutage: true,
    });
  });

  it('has failed in time though memory is collected meanwhile', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    answer = () => void setImmediate(collect);
    await expect(fulfil(200)).rejects.toMatchObject({ name: 'FulfilmentFailed' });
  });

  it('ends when the attempt is cut short, with the reason of that', async () => {
    const attempt = new AbortController();
    const reason = new Error('the attempt took too long');
    answer = () => attempt.abort(reason);
    await expect(fulfil(5_000, attempt.signal)).rejects.toBe(reason);
  });

  it('does not begin when the attempt was cut short before', async () => {
    const reason = new Error('the attempt took too long');
    await expect(fulfil(5_000, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(received).toEqual([]);
  });

  it('has failed this time when the answer breaks off', async () => {
    answer = (response) => {
      response.writeHead(200, { 'Content-Length': '100' });
      response.write('half');
      setImmediate(() => response.destroy());
    };
    await expect(fulfil()).rejects.toMatchObject({ name: 'FulfilmentFailed' });
  });

  it('has failed this time when nobody is there', async () => {
    server.close();
    await once(server, 'close');
    await expect(fulfil()).rejects.toMatchObject({ name: 'FulfilmentFailed' });
  });
});
