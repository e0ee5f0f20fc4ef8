import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Client } from '../../src/application/ports/authenticator.js';
import { newApiKey } from '../../src/infrastructure/access/api-key-list.js';
import { ApiKeys } from '../../src/infrastructure/access/api-keys.js';
import { InMemoryOrderRepository } from '../../src/infrastructure/in-memory/in-memory-order-repository.js';
import { anOrder } from '../support/an-order.js';
import { KeepingPublisher, startApi, type Api } from '../support/http-fixture.js';

const SENDS: Client = { name: 'shop', roles: ['send'] };
const KEYS = [SENDS, { ...SENDS, name: 'rival' }, { name: 'desk', roles: ['read'] } as const].map(newApiKey);
const [shop, rival, desk] = KEYS.map(({ key }) => ({ 'X-API-Key': key }));
const ORDER = { orderId: 'o-1', product: 'tea', quantity: 1 };
const UNKNOWN = expect.objectContaining({ type: 'urn:problem:order-service:order-not-processed' }) as unknown;

let orders: InMemoryOrderRepository;
let publisher: KeepingPublisher;
let api: Api;

beforeEach(async () => {
  orders = new InMemoryOrderRepository();
  publisher = new KeepingPublisher();
  const apiKeys = ApiKeys.of(KEYS.map(({ line }) => line).join('\n'));
  api = await startApi({ access: { apiKeys }, orders, publisher });
});
afterEach(() => api.close());

const keys = () => publisher.messages.map(({ key }) => key);
/** Of the first event; the order is stored, so there is no other. */
const firstEvent = async (path: string, headers?: Record<string, string>) => {
  const { status, text } = await api.client.get(path, headers);
  return { status, event: /^event: status$/m.test(text) };
};

describe('two clients that use one id', () => {
  it('have two orders, and each is told its own id', async () => {
    const first = await api.client.post('/api/Order/Send', ORDER, shop);
    const second = await api.client.post('/api/Order/Send', { ...ORDER, product: 'coffee' }, rival);

    expect(keys()).toEqual(['shop/o-1', 'rival/o-1']);
    expect(first.json).toEqual({
      status: 'Success',
      orderId: 'o-1',
      owner: 'shop',
      topic: 'app.order.publish',
      partition: 0,
      offset: '0',
    });
    expect(second.json).toMatchObject({ orderId: 'o-1', owner: 'rival', offset: '1' });
    expect(second.headers.get('location')).toBe('/api/Order/o-1?partition=0&offset=1');
    expect(api.logLines.at(-1)?.fields).toMatchObject({ orderId: 'rival/o-1', client: 'rival' });
  });

  it('find their own where its Location says, and not the other’s', async () => {
    const location = (await api.client.post('/api/Order/Send', ORDER, shop)).headers.get('location') ?? '';
    const pending = { status: 'pending', orderId: 'o-1', owner: 'shop' };

    expect((await api.client.get(location, shop)).json).toMatchObject(pending);
    expect(await api.client.get(location, rival)).toMatchObject({ status: 404, json: UNKNOWN });
  });

  it('find their own when it is processed, and follow it', async () => {
    await orders.save(anOrder().withId('o-1').withOwner('shop').storedProcessed());

    expect((await api.client.get('/api/Order/o-1', shop)).json).toMatchObject({
      status: 'processed',
      owner: 'shop',
    });
    expect(await firstEvent('/api/Order/o-1/Events', shop)).toEqual({ status: 200, event: true });
    expect(await api.client.get('/api/Order/o-1', rival)).toMatchObject({ status: 404, json: UNKNOWN });
    expect(await firstEvent('/api/Order/o-1/Events', rival)).toEqual({ status: 404, event: false });
    expect(await api.client.get('/api/Order/o-1', { ...rival, Prefer: 'wait=1' })).toMatchObject({
      status: 404,
    });
  });

  it('have two orders under one Idempotency-Key, and in two imports under one', async () => {
    const { orderId: _, ...order } = ORDER;
    for (const client of [shop, rival]) {
      const headers = { ...client, 'Idempotency-Key': 'k' };
      await api.client.post('/api/Order/Send', order, headers);
      const ndjson = { ...headers, 'Content-Type': 'application/x-ndjson' };
      await api.client.post('/api/Order/Import', JSON.stringify(order), ndjson);
    }

    const [sent, imported, others, othersImported] = keys().map(String);
    expect(sent).toMatch(/^shop\/./);
    expect(others).toBe(sent?.replace('shop', 'rival'));
    expect(imported).toMatch(/^shop\//);
    expect(othersImported).toBe(imported?.replace('shop', 'rival'));
  });
});

describe('whose order is asked for', () => {
  beforeEach(async () => {
    await orders.save(anOrder().withId('o-1').withOwner('shop').storedProcessed());
    await orders.save(anOrder().withId('o-1').storedProcessed());
  });

  it('a reader says: a client’s, or one from when clients did not say who they are', async () => {
    const ofShop = await api.client.get('/api/Order/o-1?owner=shop', desk);
    const ofNobody = await api.client.get('/api/Order/o-1?owner=', desk);

    expect(ofShop.json).toMatchObject({ orderId: 'o-1', owner: 'shop', status: 'processed' });
    expect(ofNobody.json).toMatchObject({ orderId: 'o-1', status: 'processed' });
    expect(ofNobody.json).not.toHaveProperty('owner');
    expect(await firstEvent('/api/Order/o-1/Events?owner=shop', desk)).toEqual({ status: 200, event: true });
    expect((await api.client.get('/api/Order/o-1', desk)).status).toBe(404);
  });

  it.each(['shop', '', 'nobody'])('others may not say (%j), whether there is one or not', async (owner) => {
    for (const path of ['/api/Order/o-1', '/api/Order/o-1/Events']) {
      const response = await api.client.get(`${path}?owner=${owner}`, rival);
      expect(response.status).toBe(403);
      expect(response.json).toMatchObject({
        type: 'urn:problem:order-service:forbidden',
        detail: 'Orders of others take the role read; rival has send.',
      });
    }
  });

  it('anybody may say it is their own', async () => {
    expect((await api.client.get('/api/Order/o-1?owner=shop', shop)).status).toBe(200);
  });

  it('is checked for its form', async () => {
    const response = await api.client.get(`/api/Order/o-1?owner=${'x'.repeat(129)}`, desk);
    expect(response.status).toBe(400);
    expect(response.json).toMatchObject({ errors: [{ field: 'owner', in: 'query' }] });
  });
});

describe('where nobody is asked who they are', () => {
  it('orders have no owner, and those of before are found by it', async () => {
    const open = await startApi({ orders, publisher });
    try {
      await orders.save(anOrder().withId('o-1').withOwner('shop').storedProcessed());
      expect((await open.client.post('/api/Order/Send', ORDER)).json).not.toHaveProperty('owner');
      expect(keys()).toEqual(['o-1']);
      expect((await open.client.get('/api/Order/o-1')).status).toBe(404);
      expect((await open.client.get('/api/Order/o-1?owner=shop')).json).toMatchObject({ owner: 'shop' });
    } finally {
      await open.close();
    }
  });
});
