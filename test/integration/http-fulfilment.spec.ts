import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer, globalAgent } from 'node:https';
import { createServer as createTcpServer, type AddressInfo, type Server as TcpServer } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { HttpFulfilment } from '../../src/infrastructure/fulfilment/http-fulfilment.js';
import { anOrder } from '../support/an-order.js';
import { AUTHORITIES, CERTIFICATES } from '../support/certificates.js';
import { SELF_SIGNED } from '../support/self-signed.js';

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
let respond: (response: ServerResponse) => void;

beforeEach(async () => {
  received = [];
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method, headers } = request;
      received.push({ method, headers, body: JSON.parse(Buffer.concat(chunks).toString()) });
      respond(response);
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
const respondingWith =
  (status: number, body = '', headers: Record<string, string> = {}) =>
  (response: ServerResponse): void => {
    response.writeHead(status, headers).end(body);
  };

describe('fulfilment over HTTP', () => {
  it('posts the order as JSON, with its id as idempotency key', async () => {
    respond = respondingWith(200);
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

  it.each([200, 201, 202, 204])('has fulfilled the order at %d', async (status) => {
    respond = respondingWith(status);
    expect(await fulfil()).toEqual({ kind: 'fulfilled' });
  });

  it.each([
    ['the detail of a problem', '{"title":"No","detail":"sold out"}', 'sold out'],
    ['its title, when it has no detail', '{"title":"No"}', 'No'],
    ['the text, when it is no problem', 'sold\r\n\tout\0 ', 'sold out'],
    ['JSON that is something else', '[1]', '[1]'],
    ['null', 'null', 'null'],
    ['the status, when there is nothing', '', 'fulfilment responded 422'],
    ['512 characters at most', '😀'.repeat(600), '😀'.repeat(512)],
  ])(
    'rejects the order for good at 422, for the reason that the response gives: %s',
    async (_what, body, reason) => {
      respond = respondingWith(422, body);
      expect(await fulfil()).toEqual({ kind: 'rejected', reason });
    },
  );

  it('rejects the order for good at 409 too', async () => {
    respond = respondingWith(409, '{"detail":"another order has this id"}');
    expect(await fulfil()).toEqual({ kind: 'rejected', reason: 'another order has this id' });
  });

  it.each([
    [401, 'check its credentials'],
    [403, 'check the permissions of its user'],
    [404, 'check the path of its URL'],
    [405, 'it allows no POST there: check its URL'],
    [407, 'check the proxy before it'],
    [502, 'check it, and the gateway before it'],
    [503, 'check whether it is up'],
    [504, 'check it, and the gateway before it'],
  ])('is unavailable at %d, and says what to look at', async (status, advice) => {
    respond = respondingWith(status, '{"detail":"nothing for the log"}');
    await expect(fulfil()).rejects.toMatchObject({
      name: 'FulfilmentUnavailable',
      message: `fulfilment responded ${status}: ${advice}`,
      retryAfterMs: 0,
    });
  });

  it.each([408, 425, 429, 500, 501, 505, 507, 599])('has failed this time at %d', async (status) => {
    respond = respondingWith(status);
    await expect(fulfil()).rejects.toMatchObject({
      name: 'FulfilmentFailed',
      message: `fulfilment responded ${status}`,
      retryAfterMs: 0,
      mayBeOutage: true,
    });
  });

  it.each([
    300, 301, 302, 304, 307, 308, 400, 402, 406, 410, 411, 413, 414, 415, 418, 426, 428, 431, 451, 499,
  ])('has failed at %d, which is surely the order’s own fault', async (status) => {
    respond = respondingWith(status, '', { Location: url });
    await expect(fulfil()).rejects.toMatchObject({
      name: 'FulfilmentFailed',
      message: `fulfilment responded ${status}`,
      mayBeOutage: false,
    });
    expect(received).toHaveLength(1);
  });

  it.each([
    ['seconds', '7', 7_000],
    ['a date', 'Fri, 02 Jan 2026 03:05:05 GMT', 60_000],
    ['a date that has passed', 'Fri, 02 Jan 2026 03:00:00 GMT', 0],
    ['garbage', 'soon', 0],
  ])('says how long it is asked to wait, in %s', async (_what, header, retryAfterMs) => {
    respond = respondingWith(503, '', { 'Retry-After': header });
    await expect(fulfil()).rejects.toMatchObject({ name: 'FulfilmentUnavailable', retryAfterMs });
    respond = respondingWith(429, '', { 'Retry-After': header });
    await expect(fulfil()).rejects.toMatchObject({ name: 'FulfilmentFailed', retryAfterMs });
  });

  it('has failed this time when there is no response in time', async () => {
    respond = () => undefined;
    await expect(fulfil(50)).rejects.toMatchObject({
      name: 'FulfilmentFailed',
      message: 'fulfilment did not respond',
      cause: { message: 'no response within 50 ms' },
      mayBeOutage: true,
    });
  });

  it('has failed in time though memory is collected meanwhile', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    respond = () => void setImmediate(collect);
    await expect(fulfil(200)).rejects.toMatchObject({ name: 'FulfilmentFailed' });
  });

  it('ends when the attempt is aborted, with the reason of that', async () => {
    const attempt = new AbortController();
    const reason = new Error('the attempt took too long');
    respond = () => attempt.abort(reason);
    await expect(fulfil(600_000, attempt.signal)).rejects.toBe(reason);
  });

  it('does not begin when the attempt was aborted before', async () => {
    const reason = new Error('the attempt took too long');
    await expect(fulfil(5_000, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(received).toEqual([]);
  });

  it.each<[string, (response: ServerResponse) => void]>([
    ['breaks off', (response) => breakOff(response)],
    ['does not come, as the connection is closed', (response) => response.socket?.end()],
    ['does not come, as the connection is reset', (response) => response.socket?.resetAndDestroy()],
    ['is no HTTP', (response) => response.socket?.end('\0\u0001 what?\r\n\r\n')],
  ])('has failed this time when the response %s', async (_what, lose) => {
    respond = lose;
    await expect(fulfil()).rejects.toMatchObject({
      name: 'FulfilmentFailed',
      message: 'fulfilment did not respond',
      mayBeOutage: true,
    });
  });

  it('has failed this time when a connection that was used before is lost', async () => {
    respond = respondingWith(200);
    await fulfil();
    respond = (response) => response.socket?.resetAndDestroy();
    await expect(fulfil()).rejects.toMatchObject({ name: 'FulfilmentFailed', mayBeOutage: true });
  });

  it('has failed this time when the connection is closed at once', async () => {
    const closing = createTcpServer((socket) => socket.destroy());
    url = await listening(closing, 'http');
    await expect(fulfil()).rejects.toMatchObject({ name: 'FulfilmentFailed', mayBeOutage: true });
    closing.close();
  });

  it('leaves nothing behind on a connection that is used again and again', async () => {
    const warned = jest.fn();
    process.on('warning', warned);
    respond = respondingWith(200);
    for (let count = 0; count < 20; count++) await fulfil();
    process.off('warning', warned);
    expect(warned).not.toHaveBeenCalled();
  });

  it('takes a long response, and of its reason what a reason needs', async () => {
    respond = respondingWith(422, 'x'.repeat(1_000_000));
    expect(await fulfil()).toEqual({ kind: 'rejected', reason: 'x'.repeat(512) });
  });
});

describe('fulfilment that can’t be reached', () => {
  const unavailable = (message: string | RegExp) => ({
    name: 'FulfilmentUnavailable',
    message: typeof message === 'string' ? message : (expect.stringMatching(message) as unknown),
  });

  it('is unavailable when nobody listens', async () => {
    server.close();
    await once(server, 'close');
    const { host } = new URL(url);
    await expect(fulfil()).rejects.toMatchObject(
      unavailable(`fulfilment can't be reached: connect ECONNREFUSED ${host}`),
    );
  });

  it('is unavailable when none of several addresses listens, and names each', async () => {
    server.close();
    await once(server, 'close');
    url = url.replace('127.0.0.1', 'localhost');
    await expect(fulfil()).rejects.toMatchObject(
      unavailable(/^fulfilment can't be reached: connect ECONNREFUSED .*127\.0\.0\.1:\d+$/),
    );
  });

  it('is unavailable when its host has no address', async () => {
    url = 'http://no-such-host.invalid/orders';
    await expect(fulfil()).rejects.toMatchObject(
      unavailable(/^fulfilment can't be reached: getaddrinfo (ENOTFOUND|EAI_AGAIN) no-such-host\.invalid$/),
    );
  });

  it('is unavailable when its certificate is not trusted', async () => {
    const secure = createSecureServer(SELF_SIGNED, (_request, response) => response.end());
    url = await listening(secure, 'https');
    await expect(fulfil()).rejects.toMatchObject(
      unavailable(/^fulfilment can't be reached: self-signed certificate/),
    );
    secure.close();
  });

  describe('over TLS, by an authority that is trusted,', () => {
    beforeEach(() => {
      globalAgent.options.ca = AUTHORITIES.one;
    });
    afterEach(() => {
      delete globalAgent.options.ca;
    });

    it.each([
      ['has expired', CERTIFICATES.expired, /^fulfilment can't be reached: certificate has expired$/],
      [
        'is for another host',
        CERTIFICATES.elsewhere,
        /reached: Hostname\/IP does not match certificate's altnames/,
      ],
      [
        'is of another authority',
        CERTIFICATES.ofTwo,
        /reached: (unable to verify the first|self-signed) certificate/,
      ],
    ])('is unavailable when its certificate %s, and gets nothing', async (_what, certificate, reason) => {
      const requests = jest.fn();
      const secure = createSecureServer(certificate, requests);
      url = await listening(secure, 'https');
      const fulfilled = fulfil().finally(() => secure.close());
      await expect(fulfilled).rejects.toMatchObject(unavailable(reason));
      expect(requests).not.toHaveBeenCalled();
    });

    it('is available when its certificate is good', async () => {
      const secure = createSecureServer(CERTIFICATES.server, (_request, response) => {
        response.writeHead(204, { Connection: 'close' }).end();
      });
      url = await listening(secure, 'https');
      expect(await fulfil().finally(() => secure.close())).toEqual({ kind: 'fulfilled' });
    });
  });

  it('is unavailable when it does not speak TLS', async () => {
    url = url.replace('http:', 'https:');
    await expect(fulfil()).rejects.toMatchObject(unavailable(/^fulfilment can't be reached: .*SSL/));
  });

  it('is unavailable when the TLS handshake does not end in time', async () => {
    const silent = createTcpServer();
    silent.on('connection', (socket) => silent.once('over', () => socket.destroy()));
    url = await listening(silent, 'https');
    await expect(fulfil(50)).rejects.toMatchObject(
      unavailable("fulfilment can't be reached: no connection within 50 ms"),
    );
    silent.emit('over');
    silent.close();
  });
});

describe('a user and a password in the URL of fulfilment', () => {
  it.each([
    ['are', 'me:secret', 'me:secret'],
    ['are percent-decoded as UTF-8, and', 'm%C3%BCller:p%40ss%3A%2F%25', 'müller:p@ss:/%'],
    ['are, when there is only a user,', 'me', 'me:'],
    ['are, when there is only a password,', ':secret', ':secret'],
  ])('%s sent as basic authentication', async (_what, given, credentials) => {
    respond = respondingWith(200);
    url = url.replace('http://', `http://${given}@`);
    await fulfil();
    expect(received).toMatchObject([
      { headers: { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` } },
    ]);
    expect(received[0]?.headers.host).toBe(new URL(url).host);
  });

  it.each(['secret', Buffer.from('me:secret').toString('base64')])(
    'are not shown in the reason of a response that repeats them: %s',
    async (repeated) => {
      respond = respondingWith(422, `{"detail":"what is ${repeated}?"}`);
      url = url.replace('http://', 'http://me:secret@');
      expect(await fulfil()).toEqual({ kind: 'rejected', reason: 'fulfilment responded 422' });
    },
  );

  it('are sent only when there are some', async () => {
    respond = respondingWith(200);
    await fulfil();
    expect(received[0]?.headers).not.toHaveProperty('authorization');
  });
});

describe('a token for fulfilment', () => {
  it('is sent with each request, as it is at that time', async () => {
    respond = respondingWith(200);
    let token = 'one';
    const fulfilment = new HttpFulfilment({ url, timeoutMs: 5_000, token: () => token }, { now: () => NOW });
    await fulfilment.fulfil(order, new AbortController().signal);
    token = 'two';
    await fulfilment.fulfil(order, new AbortController().signal);
    expect(received.map(({ headers }) => headers.authorization)).toEqual(['Bearer one', 'Bearer two']);
  });

  it('is not shown in the reason of a response that repeats it', async () => {
    respond = respondingWith(422, '{"detail":"what is a-token?"}');
    const settings = { url, timeoutMs: 5_000, token: () => 'a-token' };
    const fulfilment = new HttpFulfilment(settings, { now: () => NOW });
    expect(await fulfilment.fulfil(order, new AbortController().signal)).toEqual({
      kind: 'rejected',
      reason: 'fulfilment responded 422',
    });
  });
});

describe('a signed request to fulfilment', () => {
  const key = Buffer.alloc(32, 'key');
  const signingKey = () => `whsec_${key.toString('base64')}`;
  const fulfilled = (id: string) =>
    new HttpFulfilment({ url, timeoutMs: 5_000, signingKey }, { now: () => NOW }).fulfil(
      anOrder().withId(id).placed(),
      new AbortController().signal,
    );

  it('has a signature over id, time and body, in the headers of Standard Webhooks', async () => {
    let body = '';
    server.once('request', (request: IncomingMessage) =>
      request.on('data', (chunk) => (body += String(chunk))),
    );
    respond = respondingWith(200);
    await fulfilled('order-1');
    const headers = received[0]?.headers;
    const at = String(NOW.getTime() / 1_000);
    const signature = createHmac('sha256', key).update(`order-1.${at}.${body}`).digest('base64');
    expect(headers).toMatchObject({
      'webhook-id': 'order-1',
      'webhook-timestamp': at,
      'webhook-signature': `v1,${signature}`,
    });
  });

  it('has no dot in its id, so that nothing else has the same signature', async () => {
    respond = respondingWith(200);
    await fulfilled('order.1');
    expect(received[0]?.headers).toMatchObject({ 'webhook-id': 'order%2E1', 'idempotency-key': 'order.1' });
  });

  it('is not signed without a key', async () => {
    respond = respondingWith(200);
    await fulfil();
    expect(received[0]?.headers).not.toHaveProperty('webhook-signature');
  });
});

function breakOff(response: ServerResponse): void {
  response.writeHead(200, { 'Content-Length': '100' });
  response.write('half');
  setImmediate(() => response.destroy());
}

async function listening(other: TcpServer, scheme: string): Promise<string> {
  other.listen(0, '127.0.0.1');
  await once(other, 'listening');
  return `${scheme}://127.0.0.1:${(other.address() as AddressInfo).port}/orders`;
}
