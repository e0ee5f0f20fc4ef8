import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect, Server } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { PublishedMessage } from '../../src/application/ports/message-publisher.js';
import { UuidGenerator } from '../../src/infrastructure/system/uuid-generator.js';
import { createHttpServer } from '../../src/interfaces/http/server/http-server.js';
import type { ProblemDetails } from '../../src/interfaces/http/problems/problem-details.js';
import { exchangeBytes, exchangeOn, type HttpResponse } from '../support/http-client.js';
import { KeepingPublisher, startApi, type Api, type ApiParts } from '../support/http-fixture.js';
import { waitFor } from '../../packages/delivery/src/contract/wait-for.js';

const SEND = '/api/Order/Send';
const IMPORT = '/api/Order/Import';
const PUBLISHED: PublishedMessage = { topic: 'app.order.publish', partition: 0, offset: '0' };
const HOST = 'Host: service\r\nConnection: close';

let api: Api;
const start = async (parts: ApiParts) => (api = await startApi(parts));
const problemType = (response: HttpResponse) =>
  (response.json as ProblemDetails).type.replace('urn:problem:order-service:', '');
const postRequest = (product: string) => {
  const body = JSON.stringify({ product });
  return `POST ${SEND} HTTP/1.1\r\nHost: service\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
};

/** A publisher that settles when the test says so. */
class HeldPublisher extends KeepingPublisher {
  release = () => {};
  calls = 0;
  #call = () => {};
  readonly called = new Promise<void>((resolve) => (this.#call = resolve));
  readonly #held = new Promise<PublishedMessage>((resolve) => (this.release = () => resolve(PUBLISHED)));

  override publish() {
    this.calls++;
    this.#call();
    return this.#held;
  }
}

beforeEach(() => start({ limits: { headersTimeoutMs: 200, requestTimeoutMs: 300 } }));
afterEach(() => api.close());

describe('what is no request gets a problem document', () => {
  it.each([
    ['not HTTP', 'hello\r\n\r\n', 400, 'malformed-request'],
    ['a header without a colon', `GET / HTTP/1.1\r\n${HOST}\r\nnonsense\r\n\r\n`, 400, 'malformed-request'],
    [
      'two lengths',
      `POST ${SEND} HTTP/1.1\r\n${HOST}\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`,
      400,
      'malformed-request',
    ],
    [
      'an overlong header',
      `GET / HTTP/1.1\r\n${HOST}\r\nx: ${'x'.repeat(17_000)}\r\n\r\n`,
      431,
      'headers-too-large',
    ],
    [
      '3,000 headers',
      `GET / HTTP/1.1\r\n${HOST}\r\n${'a: bcd\r\n'.repeat(3_000)}\r\n`,
      431,
      'headers-too-large',
    ],
    ['headers that never end', `GET / HTTP/1.1\r\n${HOST}\r\n`, 408, 'request-timeout'],
  ])('%s', async (_what, bytes, status, type) => {
    const response = await api.client.raw(bytes);

    expect([response.status, problemType(response)]).toEqual([status, type]);
    expect(response.headers.get('x-correlation-id')).toBe((response.json as ProblemDetails).correlationId);
  });

  it.each([
    ['a body that never ends', 'Content-Type: application/json\r\nContent-Length: 9\r\n\r\n{', 408],
    ['a malformed chunk', 'Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n', 400],
  ])('%s', async (_what, rest, status) => {
    const response = await api.client.raw(`POST ${SEND} HTTP/1.1\r\n${HOST}\r\n${rest}`);

    expect(response.status).toBe(status);
  });

  it.each<[string, string, string, string, 'api' | 'health']>([
    ['a GET of the path of imports', 'GET', IMPORT, 'application/x-ndjson', 'api'],
    ['a POST to a path below it', 'POST', `${IMPORT}/x`, 'application/x-ndjson', 'api'],
    ['an import of another content type', 'POST', IMPORT, 'application/json', 'api'],
    ['a POST to a process that only has /health', 'POST', IMPORT, 'application/x-ndjson', 'health'],
  ])('the body of %s that never ends', async (_what, method, path, type, serves) => {
    await api.close();
    const { url } = await start({ serves, limits: { requestTimeoutMs: 50 } });

    // the connection is dropped: the request has its response
    const received = await exchangeBytes(
      url,
      `${method} ${path} HTTP/1.1\r\nHost: service\r\nContent-Type: ${type}\r\nContent-Length: 9\r\n\r\n{`,
    );

    expect(received).toMatch(/^HTTP\/1\.1 4/);
  });

  it.each([
    ['101 headers', `${HOST}\r\n${'a:b\r\n'.repeat(99)}`, 431],
    ['no Host', 'Connection: close\r\n', 400],
  ])('%s', async (_what, headers, status) => {
    const response = await api.client.raw(`GET /nowhere HTTP/1.1\r\n${headers}\r\n`, ['GET', '/nowhere']);

    expect(response.status).toBe(status);
  });

  it('but never in place of the response to the request before it', async () => {
    const publisher = new HeldPublisher();
    await api.close();
    const { url } = await start({ publisher });

    const received = await exchangeBytes(url, `${postRequest('book')}garbage\r\n\r\n`);

    expect(received).toBe('');
    publisher.release();
  });
});

it('lets thousands of connections wait to be accepted, as they may all come at once', async () => {
  const listen = jest.spyOn(Server.prototype, 'listen');
  const handle = (_: IncomingMessage, response: ServerResponse) => void response.end();
  const server = createHttpServer({ handle }, new UuidGenerator());
  try {
    await server.listen(0, '127.0.0.1');

    expect(listen.mock.calls[0]?.[0]).toMatchObject({ backlog: 4_096 });
  } finally {
    listen.mockRestore();
    await server.close(1_000);
  }
});

it('ignores an expectation that it does not know', async () => {
  const request = `GET /health/live HTTP/1.1\r\n${HOST}\r\nExpect: wonders\r\n\r\n`;

  const response = await api.client.raw(request, ['GET', '/health/live']);

  expect(response.status).toBe(200);
});

it('goes on when a client disconnects in the middle of a body', async () => {
  const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
  await new Promise((sent) => socket.write(postRequest('book').slice(0, -5), sent));
  socket.destroy();

  const response = await api.client.get('/health/live');

  expect([response.status, api.logLines]).toEqual([200, []]);
});

it('keeps nothing of a finished request while its connection is idle', async () => {
  const responses: WeakRef<ServerResponse>[] = [];
  const handle = (_: IncomingMessage, response: ServerResponse) => {
    responses.push(new WeakRef(response));
    response.end();
  };
  const server = createHttpServer({ handle }, new UuidGenerator(), { requestTimeoutMs: 50 });
  const socket = connect(await server.listen(0, '127.0.0.1'), '127.0.0.1');
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const isCollected = () => {
    collectGarbage();
    return responses.length === 1 && responses[0]?.deref() === undefined;
  };
  try {
    socket.write('GET / HTTP/1.1\r\nHost: service\r\n\r\n');
    await once(socket, 'data');

    expect(await waitFor('the response to be collected', isCollected, { deadlineMs: 3_000 })).toBe(true);
  } finally {
    socket.destroy();
    await server.close(1_000);
  }
});

it('leaves each request and response the prototype that it was made with, as V8 is slow with others', async () => {
  const change = Object.setPrototypeOf;
  let changed = 0;
  const spy = jest.spyOn(Object, 'setPrototypeOf').mockImplementation((of: unknown, to) => {
    changed += Number(Object.getPrototypeOf(of) !== to);
    return change(of, to) as unknown;
  });
  try {
    await api.client.get('/health/live');

    expect([spy.mock.calls.length, changed]).toEqual([2, 0]);
  } finally {
    spy.mockRestore();
  }
});

describe('closing', () => {
  // An object, as an async function would await the promise itself.
  const inFlight = async (publisher: HeldPublisher) => {
    await api.close();
    const { client } = await start({ publisher });
    const response = client.post(SEND, { product: 'book' });
    await publisher.called;
    return { response };
  };

  it('lets a request in flight finish, and accepts no other', async () => {
    const publisher = new HeldPublisher();
    const { response } = await inFlight(publisher);

    const closed = api.close(10_000);
    await waitFor('no connection to be accepted', () =>
      fetch(`${api.url}/health/live`).then(
        () => false,
        () => true,
      ),
    );
    publisher.release();

    const { status, headers } = await response;
    expect([status, headers.get('connection')]).toEqual([202, 'close']);
    await closed;
  });

  it('lets all pipelined requests in flight finish', async () => {
    const publisher = new HeldPublisher();
    await api.close();
    const { url } = await start({ publisher });
    const received = exchangeBytes(url, postRequest('book').repeat(3));
    await waitFor('all to be in flight', () => publisher.calls === 3);

    const closed = api.close(10_000);
    publisher.release();

    expect((await received).match(/HTTP\/1\.1 202/g)).toHaveLength(3);
    await closed;
  });

  it('responds to what has arrived, be it in a queue of the system', async () => {
    const { port, hostname } = new URL(api.url);
    const sockets = Array.from({ length: 50 }, () => connect(Number(port), hostname));
    // the system has accepted them; the server itself accepts one a turn
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    const responses = sockets.map((socket) => exchangeOn(socket, postRequest('book')));

    await api.close(10_000);

    for (const response of await Promise.all(responses)) expect(response).toMatch(/^HTTP\/1\.1 202 /);
  });

  it('responds to a request on a connection that was idle until now', async () => {
    const { port, hostname } = new URL(api.url);
    const socket = connect(Number(port), hostname);
    socket.write(postRequest('book'));
    await once(socket, 'readable');
    const responses = exchangeOn(socket, postRequest('another book'));

    await api.close(10_000);

    expect((await responses).match(/HTTP\/1\.1 202 /g)).toHaveLength(2);
  });

  it('closes what is not finished at the deadline', async () => {
    const { response } = await inFlight(new HeldPublisher());

    const closed = expect(response).rejects.toThrow();
    await api.close(50);

    await closed;
  });

  it('does not wait for idle connections, nor for those on which nothing came', async () => {
    await api.client.get('/health/live');
    const silent = connect(Number(new URL(api.url).port), '127.0.0.1');
    await once(silent, 'connect');
    const before = performance.now();

    await api.close(30_000);

    expect(performance.now() - before).toBeLessThan(5_000);
    silent.destroy();
  });

  it('twice is harmless', async () => {
    await expect(Promise.all([api.close(), api.close()])).resolves.toBeDefined();
  });
});
