import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { once } from 'node:events';
import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { waitFor } from '../../packages/delivery/src/contract/wait-for.js';
import { newApiKey } from '../../src/infrastructure/access/api-key-list.js';
import { ApiKeys } from '../../src/infrastructure/access/api-keys.js';
import { InMemoryOrderRepository } from '../../src/infrastructure/in-memory/in-memory-order-repository.js';
import { anOrder } from '../support/an-order.js';
import { startApi, type Api } from '../support/http-fixture.js';
import { LiveClient } from '../support/live-client.js';
import { MeteredService } from '../support/metered-service.js';

const IMPORT = '/api/Order/Import';
const shop = newApiKey({ name: 'shop', roles: ['send'] });
const other = newApiKey({ name: 'other', roles: ['send', 'read'] });
const apiKeys = ApiKeys.of(`${shop.line}\n${other.line}`);

let api: Api;
let orders: InMemoryOrderRepository;
/** Of orders that nobody completes but the test. */
let locations: string[];
let open: ClientRequest[];
beforeEach(async () => {
  orders = new InMemoryOrderRepository();
  const places = { imports: 2, orderStreams: 2, liveStreams: 2, waits: 2 };
  const clientLimits = { requestsPerSecond: 1_000, ...places };
  api = await startApi({ access: { apiKeys }, orders, clientLimits });
  const sent = ['a', 'b'].map((orderId) => send('/api/Order/Send', { orderId, product: 'tea' }));
  locations = (await Promise.all(sent)).map(({ headers }) => `${headers.get('location')}&owner=shop`);
  open = [];
});
afterEach(async () => {
  for (const request of open) request.destroy();
  api.orderWatch.close();
  await api.close();
});

const send = (path: string, body: unknown) => api.client.post(path, body, { 'X-API-Key': shop.key });

interface Lasting {
  readonly what: string;
  readonly of: string;
  readonly method: string;
  readonly path: () => string;
  readonly headers: Record<string, string>;
}

const LASTING: readonly Lasting[] = [
  {
    ...{ what: 'imports', of: 'imports', method: 'POST', path: () => IMPORT },
    headers: { 'Content-Type': 'application/x-ndjson' },
  },
  {
    ...{ what: 'streams of events', of: 'streams of events', method: 'GET', headers: {} },
    path: () => (locations[0] ?? '').replace('?', '/Events?'),
  },
];

/** Sends the headers of a request that lasts. Returns its response when that has begun. */
async function begin({ method, path, headers }: Lasting, { key } = shop): Promise<IncomingMessage> {
  const request = httpRequest(api.url + path(), {
    ...{ method, agent: false },
    headers: { ...headers, 'X-API-Key': key },
  });
  open.push(request);
  request.on('error', () => undefined); // the test ends it
  if (method === 'POST') request.flushHeaders();
  else request.end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return response;
}
const statusOf = async (lasting: Lasting, who = shop) => (await begin(lasting, who)).statusCode;

async function textOf(response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += String(chunk);
  return text;
}

describe.each(LASTING)('$what of a client', (lasting) => {
  it('are refused beyond its share, and those of another are not', async () => {
    expect([await statusOf(lasting), await statusOf(lasting)]).toEqual([200, 200]);
    const refused = await begin(lasting);

    expect(refused.statusCode).toBe(429);
    expect(refused.headers['retry-after']).toBe('1');
    expect(JSON.parse(await textOf(refused))).toMatchObject({
      type: 'urn:problem:order-service:too-many-requests',
      detail: `There may be 2 ${lasting.of} of a client at a time. Send the same again when one has ended.`,
    });
    expect(api.logLines.at(-1)).toMatchObject({ fields: { client: 'shop', limit: lasting.of, refused: 1 } });
    expect(await statusOf(lasting, other)).toBe(200);
  });

  it('leave their place to the next when their connection is closed', async () => {
    await statusOf(lasting);
    await statusOf(lasting);
    open[0]?.destroy();

    await waitFor('a place', async () => (await statusOf(lasting)) === 200);
    expect(await statusOf(lasting)).toBe(429);
  });

  it('leave their place to the next when they have ended', async () => {
    const first = await begin(lasting);
    await statusOf(lasting);
    expect(await statusOf(lasting)).toBe(429);
    if (lasting.method === 'POST') open[0]?.end();
    else await orders.save(anOrder().withOwner('shop').withId('a').storedProcessed());
    await textOf(first);

    expect(await statusOf(lasting)).toBe(200);
  });
});

describe('requests of a client that wait for their order', () => {
  const get = (prefer?: string, location = locations[0] ?? '', { key } = shop) =>
    api.client.get(location, { 'X-API-Key': key, ...(prefer !== undefined && { Prefer: prefer }) });

  it('are refused beyond its share, until one has ended; those that don’t wait are not', async () => {
    const waiting = [get('wait=30'), get('wait=30')];
    await waitFor('a refusal', async () => (await get('wait=1')).status === 429);

    expect((await get()).status).toBe(200);
    expect((await get('wait=1', locations[0], other)).status).toBe(200);
    await orders.save(anOrder().withOwner('shop').withId('a').storedProcessed());
    expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual([200, 200]);
    expect((await get('wait=1', locations[1])).headers.get('preference-applied')).toBe('wait=1');
  });

  it('have a place each as long as their connection, also of several on one', async () => {
    const asked = jest.spyOn(orders, 'findAll');
    const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
    const head = `Host: a\r\nX-API-Key: ${shop.key}\r\nPrefer: wait=30\r\n\r\n`;
    socket.write(locations.map((location) => `GET ${location} HTTP/1.1\r\n${head}`).join(''));
    await waitFor('both', () => asked.mock.calls.some(([ids]) => ids.length === 2));
    expect((await get('wait=1')).status).toBe(429);
    socket.destroy();

    await waitFor('a place', async () => (await get('wait=1')).status === 200);
    const both = await Promise.all([get('wait=1'), get('wait=1')]);
    expect(both.map(({ status }) => status)).toEqual([200, 200]);
  });
});

describe('streams of the live page', () => {
  it('are refused beyond half of those that the process has', async () => {
    const service = await MeteredService.start({ RATE_LIMIT: '1000' });
    const clients: LiveClient[] = [];
    try {
      for (let n = 0; n < 51; n++) clients.push(await LiveClient.open(service.client.url));
      expect(clients.map(({ response }) => response.statusCode)).toEqual([
        ...Array.from({ length: 50 }, () => 200),
        429,
      ]);
    } finally {
      for (const client of clients) client.close();
      await service.stop();
    }
  });
});
