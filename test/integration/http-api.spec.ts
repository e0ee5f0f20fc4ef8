import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { gzipSync } from 'node:zlib';
import { MessagePublishFailed, MessageTooLarge } from '../../src/application/ports/message-publisher.js';
import { StoreUnavailable } from '../../src/application/ports/order-repository.js';
import { Order } from '../../src/domain/order/order.js';
import openApi from '../../src/interfaces/http/generated/swagger.json' with { type: 'json' };
import { InMemoryOrderRepository } from '../../src/infrastructure/in-memory/in-memory-order-repository.js';
import type { ProblemDetails } from '../../src/interfaces/http/problems/problem-details.js';
import { servedOpenApi } from '../../src/interfaces/http/served-open-api.js';
import { responsesWithout, type HttpResponse, type Exchange } from '../support/http-client.js';
import { KeepingPublisher, startApi, type Api, type ApiParts } from '../support/http-fixture.js';

const SEND = '/api/Order/Send';
const exchanges: Exchange[] = [];
const publisher = new KeepingPublisher();
const orders = new InMemoryOrderRepository();
let api: Api;

beforeAll(async () => {
  api = await startApi({ publisher, orders, exchanges });
});
afterAll(() => api.close());

async function withApi<T>(parts: ApiParts, work: (other: Api) => Promise<T>): Promise<T> {
  const other = await startApi({ exchanges, ...parts });
  try {
    return await work(other);
  } finally {
    await other.close();
  }
}

const problemIn = (response: HttpResponse) => response.json as ProblemDetails;
const send = (body: unknown, headers?: Record<string, string>) => api.client.post(SEND, body, headers);
const lastMessage = () => publisher.messages.at(-1);
const lastOrder = () => JSON.parse(new TextDecoder().decode(lastMessage()?.value)) as Record<string, unknown>;
/** As another's code may do it: with anything. */
const rejected = (reason: unknown) => jest.fn<() => Promise<never>>().mockRejectedValue(reason)();
const failing = (error: unknown) => ({ publish: () => rejected(error) });
const broken = (error: unknown) => ({
  find: () => rejected(error),
  findAll: () => rejected(error),
  save: () => rejected(error),
});
/** A body of exactly `bytes` bytes. */
const bodyWith = (bytes: number) => `{"product":"book"}`.padEnd(bytes, ' ');

describe('sending an order', () => {
  it('returns where it is published and where it will be found', async () => {
    const response = await send({ orderId: 'a-1', product: 'book', quantity: 3 });

    const offset = String(publisher.messages.length - 1);
    expect(response.status).toBe(202);
    expect(response.headers.get('location')).toBe(`/api/Order/a-1?partition=0&offset=${offset}`);
    expect(response.json).toEqual({
      status: 'Success',
      orderId: 'a-1',
      topic: 'app.order.publish',
      partition: 0,
      offset,
    });
    expect(lastOrder()).toMatchObject({ orderId: 'a-1', product: 'book', quantity: 3 });
  });

  it('makes an id when there is none', async () => {
    const response = await send({ product: 'book' });

    expect(response.json).toMatchObject({ orderId: lastMessage()?.key });
  });

  it.each([
    ['an orderId of 1 character', { orderId: 'a' }],
    ['an orderId of three dots', { orderId: '...' }],
    ['an orderId that is a path of its own', { orderId: 'Send' }],
    ['an orderId of 64 characters', { orderId: 'A-z_0.9:'.repeat(8) }],
    ['a product of 1 character', { product: 'x' }],
    ['a product of 200 characters', { product: 'x'.repeat(200) }],
    ['a product of 200 emoji', { product: '😀'.repeat(200) }],
    ['a product of 200 characters in spaces', { product: ` ${'x'.repeat(200)} ` }],
    ['quantity 1', { quantity: 1 }],
    ['quantity 1,000,000', { quantity: 1_000_000 }],
  ])('accepts %s', async (_what, fields) => {
    const response = await send({ product: 'book', ...fields });

    expect(response.status).toBe(202);
  });

  it('trims the product and orders one when no quantity is given', async () => {
    await send({ product: '  book\n' });

    expect(lastOrder()).toMatchObject({ product: 'book', quantity: 1 });
  });

  it.each([
    ['an empty orderId', { orderId: '' }, 'orderId', 'must be 1 to 64 of'],
    ['an orderId of 65 characters', { orderId: 'x'.repeat(65) }, 'orderId', 'must be 1 to 64 of'],
    ['an orderId with a slash', { orderId: 'a/b' }, 'orderId', 'must be 1 to 64 of'],
    ['an orderId with a line end', { orderId: 'a\n' }, 'orderId', 'must be 1 to 64 of'],
    ['an orderId that is a dot', { orderId: '.' }, 'orderId', 'neither . nor ..'],
    ['an orderId of two dots', { orderId: '..' }, 'orderId', 'neither . nor ..'],
    ['an orderId that is null', { orderId: null }, 'orderId', 'must be a string'],
    ['a missing product', { product: undefined }, 'product', 'is required'],
    ['an empty product', { product: '' }, 'product', 'must not be empty'],
    ['a blank product', { product: ' \t ' }, 'product', 'must not be empty'],
    ['a product of 201 characters', { product: 'x'.repeat(201) }, 'product', 'at most 200'],
    ['a product of 201 emoji', { product: '😀'.repeat(201) }, 'product', 'at most 200'],
    ['half a character', { product: '\ud800' }, 'product', 'well-formed'],
    ['a NUL', { product: 'a\0b' }, 'product', 'control characters'],
    ['a product that is a number', { product: 5 }, 'product', 'must be a string'],
    ['a product that is null', { product: null }, 'product', 'must be a string'],
    ['quantity 0', { quantity: 0 }, 'quantity', 'whole number from 1 to 1000000'],
    ['quantity 1,000,001', { quantity: 1_000_001 }, 'quantity', 'whole number from 1 to 1000000'],
    ['quantity 1.5', { quantity: 1.5 }, 'quantity', 'whole number from 1 to 1000000'],
    ['quantity 1e21', { quantity: 1e21 }, 'quantity', 'whole number from 1 to 1000000'],
    ['quantity "1"', { quantity: '1' }, 'quantity', 'whole number from 1 to 1000000'],
    ['quantity null', { quantity: null }, 'quantity', 'whole number from 1 to 1000000'],
    ['quantity true', { quantity: true }, 'quantity', 'whole number from 1 to 1000000'],
    ['an unknown field', { colour: 'red' }, 'colour', 'is not a field of this request'],
    ['a field named body', { body: 1 }, 'body', 'is not a field of this request'],
  ])('finds %s invalid and names the field', async (_what, fields, field, why) => {
    const before = publisher.messages.length;

    const response = await send({ product: 'book', ...fields });

    expect(response.status).toBe(400);
    expect(problemIn(response).type).toBe('urn:problem:order-service:invalid-request');
    expect(problemIn(response).errors).toEqual([{ field, in: 'body', detail: expect.stringContaining(why) }]);
    expect(publisher.messages).toHaveLength(before);
  });

  it('names every field at fault', async () => {
    const response = await send({ orderId: '?', quantity: 0 });

    expect(problemIn(response).errors?.map(({ field }) => field)).toEqual(['orderId', 'product', 'quantity']);
  });

  it('names the first 20 of a thousand unknown fields', async () => {
    const unknown = Object.fromEntries(Array.from({ length: 1_000 }, (_, n) => [`${'x'.repeat(50)}${n}`, n]));

    const response = await send({ product: 'book', ...unknown });

    expect(problemIn(response).errors).toHaveLength(20);
  });

  it.each([
    ['not JSON', '{"product":'],
    ['an array', '[{"product":"book"}]'],
    ['a string', '"book"'],
    ['null', 'null'],
    ['nothing', ''],
    ['__proto__', '{"product":"book","__proto__":{"quantity":5}}'],
    ['constructor', '{"product":"book","constructor":{}}'],
    ['30,000 levels', `{"product":${'['.repeat(30_000)}${']'.repeat(30_000)}}`],
    ['30,000 levels in an unknown field', `{"product":"x","a":${'['.repeat(30_000)}${']'.repeat(30_000)}}`],
    ['not UTF-8', new Uint8Array([...Buffer.from('{"product":"'), 0xff, ...Buffer.from('"}')])],
  ])('returns 400 for a body that is %s', async (_what, body) => {
    const response = await send(body);

    expect(response.status).toBe(400);
  });

  it('says that the body is missing', async () => {
    const response = await api.client.request('POST', SEND);

    expect(problemIn(response).errors).toEqual([{ field: 'body', in: 'body', detail: 'is required' }]);
  });

  it('accepts a body of 64 KiB, but not of one byte more', async () => {
    const [accepted, tooLarge] = [await send(bodyWith(65_536)), await send(bodyWith(65_537))];

    expect([accepted.status, tooLarge.status]).toEqual([202, 413]);
  });

  it('returns 413 for a body of 10 MB', async () => {
    const response = await send(bodyWith(10_000_000));

    expect(response.status).toBe(413);
  });

  it('returns 413 for a compressed body that is too large when unpacked', async () => {
    const response = await send(gzipSync(bodyWith(1_000_000)), { 'Content-Encoding': 'gzip' });

    expect(response.status).toBe(413);
  });

  it.each([
    ['text/plain', {}],
    ['application/xml', {}],
    ['application/jsonp', {}],
    ['application/json; charset=latin1', {}],
    ['application/json; charset=utf-16', {}],
    ['application/json', { 'Content-Encoding': 'rot13' }],
  ])('returns 415 for the content type %s %j', async (type, headers) => {
    const response = await send('{"product":"book"}', { 'Content-Type': type, ...headers });

    expect(response.status).toBe(415);
  });

  it('makes the same order of the same idempotency key', async () => {
    const keys = ['k1', 'k1', 'k2'];

    const responses = await Promise.all(
      keys.map((key) => send({ product: 'book' }, { 'Idempotency-Key': key })),
    );

    const [first, again, other] = responses.map(({ json }) => (json as { orderId: string }).orderId);
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });

  it('lets an orderId win over an idempotency key', async () => {
    const response = await send({ orderId: 'wins', product: 'book' }, { 'Idempotency-Key': 'k1' });

    expect(response.json).toMatchObject({ orderId: 'wins' });
  });

  it.each([
    [0, 400],
    [1, 202],
    [255, 202],
    [256, 400],
  ])('with an idempotency key of %i characters returns %i', async (length, status) => {
    const response = await send({ product: 'book' }, { 'Idempotency-Key': 'k'.repeat(length) });

    expect(response.status).toBe(status);
    const fault = { field: 'Idempotency-Key', in: 'header', detail: 'must have 1 to 255 characters' };
    expect(problemIn(response).errors).toEqual(status === 400 ? [fault] : undefined);
  });

  it.each([
    ['00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', true],
    ['00-00000000000000000000000000000000-b7ad6b7169203331-01', false],
    ['ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', false],
    ['nonsense', false],
  ])('passes the trace context %s on: %s', async (traceparent, passedOn) => {
    await send({ product: 'book' }, { traceparent });

    expect(lastMessage()?.headers['traceparent']).toBe(passedOn ? traceparent : undefined);
  });

  it('is logged in one line', async () => {
    const before = api.logLines.length;

    await send({ orderId: 'logged', product: 'book' }, { 'X-Correlation-Id': 'c-1' });

    const offset = String(publisher.messages.length - 1);
    expect(api.logLines.slice(before)).toEqual([
      {
        level: 'info',
        message: 'order accepted',
        fields: { correlationId: 'c-1', orderId: 'logged', topic: 'app.order.publish', partition: 0, offset },
      },
    ]);
  });
});

describe('when publishing is not confirmed', () => {
  const cases: [string, unknown, number, string, string | undefined][] = [
    [
      'the broker is unavailable',
      new MessagePublishFailed('not-sent', 'secret'),
      503,
      'broker-unavailable',
      undefined,
    ],
    [
      'the service is overloaded',
      new MessagePublishFailed('not-sent', 'secret', { reason: 'overloaded' }),
      503,
      'overloaded',
      undefined,
    ],
    ['the outcome is unknown', new MessagePublishFailed('unknown', 'secret'), 503, 'outcome-unknown', 'a-1'],
    ['the message is too large', new MessageTooLarge(2, 1), 413, 'payload-too-large', undefined],
    ['there is a bug', new TypeError('secret'), 500, 'internal-error', undefined],
    ['a string is thrown', 'secret', 500, 'internal-error', undefined],
    ['nothing is thrown', undefined, 500, 'internal-error', undefined],
  ];

  it.each(cases)('because %s: says so', async (_what, error, status, type, orderId) => {
    await withApi({ publisher: failing(error) }, async (api) => {
      const response = await api.client.post(SEND, { orderId: 'a-1', product: 'book' });

      expect(response.status).toBe(status);
      expect(problemIn(response)).toMatchObject({
        type: `urn:problem:order-service:${type}`,
        instance: SEND,
      });
      expect(problemIn(response).orderId).toBe(orderId);
      expect(response.headers.get('retry-after')).toBe(status === 503 ? '1' : null);
      expect(response.text).not.toMatch(/secret|\.ts|node_modules/);
      const logged = api.logLines.filter(({ level }) => level === (status === 500 ? 'error' : 'warn'));
      expect(logged.map(({ fields }) => (fields['error'] as Error).cause)).toEqual(
        status === 413 ? [] : [error],
      );
    });
  });

  it('says in plain words that it is overloaded, and that the order was not accepted', async () => {
    const full = failing(new MessagePublishFailed('not-sent', 'full', { reason: 'overloaded' }));

    const response = await withApi({ publisher: full }, ({ client }) =>
      client.post(SEND, { product: 'book' }),
    );

    expect(problemIn(response)).toMatchObject({
      title: 'The service is overloaded',
      detail:
        'The service has more orders than it can publish now. The order was not accepted: send it again later.',
    });
  });

  it('carries the id that was made here, to send again under', async () => {
    const unknown = failing(new MessagePublishFailed('unknown', 'no response'));

    const response = await withApi({ publisher: unknown }, ({ client }) =>
      client.post(SEND, { product: 'book' }),
    );

    expect(problemIn(response).detail).toContain(
      `Send it again under the orderId '${problemIn(response).orderId}'`,
    );
  });
});

describe('finding an order', () => {
  const placed = (orderId: string) => Order.place({ orderId, product: 'book', placedAt: new Date(0) });
  const delivery = {
    replica: 'r1',
    topic: 'app.order.publish',
    partition: 2,
    offset: '9007199254740993',
    attempt: 2,
  };

  it('shows what was processed, and by which delivery', async () => {
    await orders.save({ order: placed('done').process(new Date(1)), delivery });

    const response = await api.client.get('/api/Order/done');

    expect(response.json).toEqual({
      orderId: 'done',
      product: 'book',
      quantity: 1,
      placedAt: '1970-01-01T00:00:00.000Z',
      status: 'processed',
      completedAt: '1970-01-01T00:00:00.001Z',
      ...delivery,
    });
  });

  it('shows why an order was rejected', async () => {
    await orders.save({ order: placed('rejected').reject('sold out', new Date(1)), delivery });

    const response = await api.client.get('/api/Order/rejected');

    expect(response.json).toMatchObject({ status: 'rejected', rejectionReason: 'sold out' });
  });

  it('shows a parked order, which has no time of completion', async () => {
    await orders.save({ order: placed('parked').park(), delivery });

    const response = await api.client.get('/api/Order/parked');

    expect(response.status).toBe(200);
    expect(response.json).toEqual({
      orderId: 'parked',
      product: 'book',
      quantity: 1,
      placedAt: '1970-01-01T00:00:00.000Z',
      status: 'parked',
      ...delivery,
    });
  });

  it('logs nothing', async () => {
    const before = api.logLines.length;

    await api.client.get('/api/Order/never-sent');

    expect(api.logLines).toHaveLength(before);
  });

  it('says that no replica has processed it', async () => {
    const response = await api.client.get('/api/Order/never-sent');

    expect(response.status).toBe(404);
    expect(problemIn(response).type).toBe('urn:problem:order-service:order-not-processed');
    expect(problemIn(response).detail).toContain('no replica has processed');
  });

  it.each(['%zz', '%', 'a%2Fb', 'a b', `${'long'.repeat(16)}!`, '%00', '%F0%9F%98%80'])(
    'returns 400 for the id %s',
    async (id) => {
      const response = await api.client.get(`/api/Order/${id}`);

      expect(response.status).toBe(400);
    },
  );

  it.each(['Send', 'Import', '...'])('finds an order with the id %s', async (orderId) => {
    const sent = await send({ orderId, product: 'book' });
    await orders.save({ order: placed(orderId).process(new Date(1)), delivery });

    const found = await api.client.get(sent.headers.get('location') ?? '');
    const unknown = await withApi({}, ({ client }) => client.get(`/api/Order/${orderId}`));

    expect([found.status, found.json]).toMatchObject([200, { orderId }]);
    expect(problemIn(unknown)).toMatchObject({
      type: 'urn:problem:order-service:order-not-processed',
      errors: [{ field: 'orderId', in: 'path' }],
    });
  });

  it('names the id as the field at fault', async () => {
    const response = await api.client.get('/api/Order/a$b');

    expect(problemIn(response).errors).toMatchObject([{ field: 'orderId', in: 'path' }]);
  });

  it.each([
    ['the store is unavailable', new StoreUnavailable('secret'), 503, 'warn'],
    ['the store has a bug', new Error('secret'), 500, 'error'],
    ['the store throws nothing', undefined, 500, 'error'],
  ])('when %s: says so and logs why', async (_what, error, status, level) => {
    await withApi({ orders: broken(error) }, async (api) => {
      const response = await api.client.get('/api/Order/a-1');

      expect(response.status).toBe(status);
      expect(response.headers.get('retry-after')).toBe(status === 503 ? '1' : null);
      expect(response.text).not.toContain('secret');
      expect(api.logLines).toMatchObject([
        { level, fields: { correlationId: response.headers.get('x-correlation-id') } },
      ]);
    });
  });
});

describe('the correlation id', () => {
  it.each([
    ['1 character', 'c'],
    ['128 characters', 'x'.repeat(128)],
    ['symbols', '!~"<>'],
  ])('of %s is returned', async (_what, id) => {
    const response = await api.client.get('/health/live', { 'X-Correlation-Id': id });

    expect(response.headers.get('x-correlation-id')).toBe(id);
  });

  it('is published with the order', async () => {
    await send({ product: 'book' }, { 'X-Correlation-Id': 'c-2' });

    expect(lastMessage()?.headers['x-correlation-id']).toBe('c-2');
  });

  it('is made when absent, and named in an error', async () => {
    const response = await api.client.get('/api/Order/never-sent');

    expect(problemIn(response).correlationId).toBe(response.headers.get('x-correlation-id'));
  });

  it.each([
    ['GET', '/health/live'],
    ['GET', '/health/ready'],
    ['GET', '/api/Order/a-1'],
    ['POST', SEND],
    ['GET', '/nowhere'],
  ])('is checked by %s %s', async (method, path) => {
    for (const id of ['', 'a b', 'x'.repeat(129), 'é']) {
      const response = await api.client.request(method, path, { headers: { 'X-Correlation-Id': id } });

      expect(response.status).toBe(400);
      expect(problemIn(response).errors).toMatchObject([{ field: 'X-Correlation-Id', in: 'header' }]);
    }
  });
});

describe('paths and methods', () => {
  it.each([
    ...['/nowhere', '/api', '/api/Order', '/api/Order/a/b', '/%zz', '/health'],
    ...['/API/Order/a', '/api/order/a', '/api/Order/a/', '/Health/live', '/health/live/'],
    ...[
      'package.json',
      '%70ackage.json',
      'package.json/x',
      'swagger-initializer.js',
      'swagger-ui.css.map',
    ].map((name) => `/swagger/${name}`),
  ])('there is nothing at %s', async (path) => {
    const response = await api.client.get(path);

    expect(problemIn(response)).toMatchObject({
      status: 404,
      type: 'urn:problem:order-service:unknown-path',
    });
  });

  it.each([
    ['DELETE', SEND, 'POST, GET, HEAD, OPTIONS'],
    ['POST', '/api/Order/a-1', 'GET, HEAD, OPTIONS'],
    ['PUT', '/health/ready', 'GET, HEAD, OPTIONS'],
  ])('%s %s is not allowed; Allow: %s', async (method, path, allow) => {
    const response = await api.client.request(method, path);

    expect([response.status, response.headers.get('allow')]).toEqual([405, allow]);
  });

  it('OPTIONS returns the methods, of all operations that share the path', async () => {
    const response = await api.client.request('OPTIONS', SEND);

    expect([response.status, response.headers.get('allow')]).toEqual([204, 'POST, GET, HEAD, OPTIONS']);
  });

  it('HEAD returns what GET does, without a body', async () => {
    const response = await api.client.request('HEAD', '/health/live');

    expect([response.status, response.text]).toEqual([200, '']);
  });

  it.each(['/health/live', '/nowhere', '/swagger/index.html', '/swagger/swagger-ui-bundle.js'])(
    '%s names no framework, and lets a browser do little with it',
    async (path) => {
      const { headers } = await fetch(api.url + path);

      const useless = ['x-xss-protection', 'x-download-options', 'x-permitted-cross-domain-policies'];
      const names = ['x-powered-by', 'server', 'strict-transport-security', ...useless];
      expect(names.filter((name) => headers.has(name))).toEqual([]);
      expect(Object.fromEntries(headers)).toMatchObject({
        'content-security-policy': expect.stringContaining("default-src 'none'") as unknown,
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
      });
    },
  );
});

describe('health', () => {
  const dependency = (name: string, status: 'up' | 'down', required: boolean) => ({
    required,
    check: { name, check: () => Promise.resolve({ status, detail: `${name} is ${status}` }) },
  });

  it('is alive', async () => {
    const response = await api.client.get('/health/live');

    expect(response.json).toEqual({ status: 'up' });
  });

  it.each([
    ['up', 'up', 200, 'up'],
    ['up', 'down', 200, 'degraded'],
    ['down', 'up', 503, 'down'],
  ] as const)('kafka %s and store %s: %i %s', async (kafka, store, status, report) => {
    const checks = [dependency('kafka', kafka, true), dependency('store', store, false)];

    const response = await withApi({ checks }, ({ client }) => client.get('/health/ready'));

    expect(response.status).toBe(status);
    expect(response.json).toEqual({
      status: report,
      checks: [
        { name: 'kafka', status: kafka, required: true, detail: `kafka is ${kafka}` },
        { name: 'store', status: store, required: false, detail: `store is ${store}` },
      ],
    });
  });

  it('is not ready from the moment that shutdown begins, but alive', async () => {
    await withApi({ checks: [dependency('kafka', 'up', true)] }, async ({ client, readiness }) => {
      expect((await client.get('/health/ready')).status).toBe(200);
      readiness.close();

      const [ready, live] = [await client.get('/health/ready'), await client.get('/health/live')];

      expect(ready.json).toMatchObject({ status: 'down', checks: [{ name: 'shutdown', status: 'down' }] });
      expect(live.status).toBe(200);
    });
  });

  it('is all that a process without API serves', async () => {
    await withApi({ serves: 'health' }, async ({ url, client }) => {
      expect((await client.get('/health/live')).status).toBe(200);
      for (const path of ['/', '/api/Order/a-1', SEND, '/swagger/index.html', '/swagger/swagger.json']) {
        expect((await fetch(url + path)).status).toBe(404);
      }
    });
  });
});

describe('the documentation', () => {
  const page = (path: string) => fetch(api.url + path);

  it('shows this API, not the sample of its viewer', async () => {
    const html = await (await page('/swagger/index.html')).text();
    const script = await (await page('/swagger/swagger-ui-init.js')).text();

    expect(html).toContain('swagger-ui-init.js');
    expect(html).toContain('<title>Order service</title>');
    expect(script).toContain('"/api/Order/{orderId}"');
    expect(html + script).not.toMatch(/petstore/i);
  });

  it.each(['/swagger', '/swagger/'])('is found from %s', async (path) => {
    const { url, status } = await page(path);

    expect([url, status]).toEqual([`${api.url}/swagger/index.html`, 200]);
  });

  it('has its scripts, styles and icons, and may load them', async () => {
    const response = await page('/swagger/index.html');
    const html = await response.text();
    const assets = [...html.matchAll(/(?:src|href)="\.\/([^"]+)"/g)].map(([, name]) => name);
    const responses = await Promise.all(assets.map((name) => page(`/swagger/${name}`)));

    expect(responses.map(({ status }) => status)).toEqual(Array(6).fill(200));
    expect(html).not.toMatch(/<script>|<script [^>]*>\s*[^\s<]| on\w+=|(src|href)="(?!\.\/)/);
    const policy = response.headers.get('content-security-policy')?.split(';');
    expect(policy).toEqual(
      expect.arrayContaining([
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "connect-src 'self'",
      ]),
    );
    expect(policy).not.toContain('upgrade-insecure-requests');
  });

  it('is about its own API, whatever others there are in the process', async () => {
    await withApi({ operations: false }, async ({ url }) => {
      const scripts = await Promise.all([
        page('/swagger/swagger-ui-init.js'),
        fetch(`${url}/swagger/swagger-ui-init.js`),
      ]);

      const texts = await Promise.all(scripts.map((script) => script.text()));
      expect(texts.map((text) => text.includes('/api/DeadLetter'))).toEqual([true, false]);
    });
  });

  it('is served as OpenAPI', async () => {
    const served = await (await page('/swagger/swagger.json')).json();

    const nobodyIsAsked = { apiKey: false, token: false, isOpen: () => false, isLimited: false };
    expect(served).toEqual(servedOpenApi(openApi, () => true, nobodyIsAsked));
  });

  const [made, own] = Object.values(
    openApi.paths[SEND].post.requestBody.content['application/json'].examples,
  );

  it('has examples that work as they stand, the first without an id', async () => {
    const responses = [await send(made?.value), await send(own?.value)];

    expect(responses.map(({ status }) => status)).toEqual([202, 202]);
    expect(made?.value).not.toHaveProperty('orderId');
    const example = openApi.paths['/api/Order/{orderId}'].get.parameters[0]?.example;
    expect(own?.value).toHaveProperty('orderId', example);
  });
});

describe('the OpenAPI document', () => {
  it('describes no response that did not occur', () => {
    expect(
      responsesWithout(exchanges, (path) => !/DeadLetter|Import|Events|metrics|Live|Replica/.test(path)),
    ).toEqual([]);
  });
});
