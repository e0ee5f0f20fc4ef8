import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { OrderAttempts } from '../../src/application/live/order-attempts.js';
import { waitFor } from '../../packages/delivery/src/contract/wait-for.js';
import type { ReplicaReport } from '../../src/application/ports/replica-reports.js';
import { StoreUnavailable } from '../../src/application/ports/order-repository.js';
import type { PendingOrders } from '../../src/application/ports/pending-orders.js';
import { InMemoryOrderRepository } from '../../src/infrastructure/in-memory/in-memory-order-repository.js';
import { aHandledOrder, aReport } from '../support/a-report.js';
import { anOrder } from '../support/an-order.js';
import { readEvents, type ReadEvent } from '../support/event-reader.js';
import { responsesWithout, type Exchange, type HttpResponse } from '../support/http-client.js';
import { KeepingPublisher, startApi, type Api, type ApiParts } from '../support/http-fixture.js';
import { StubPendingOrders } from '../support/stub-pending-orders.js';

const exchanges: Exchange[] = [];
let orders: InMemoryOrderRepository;
let api: Api;
let started: Api[] = [];

async function start(parts: ApiParts = {}): Promise<void> {
  orders = new InMemoryOrderRepository();
  api = await startApi({ publisher: new KeepingPublisher(), orders, exchanges, ...parts });
  started.push(api);
}
beforeEach(() => start());
afterEach(async () => {
  for (const { orderWatch } of started) orderWatch.close();
  await Promise.all(started.map((each) => each.close()));
  started = [];
});

/** Nobody completes it but the test. Returns its Location. */
async function send(orderId: string): Promise<string> {
  const sent = await api.client.post('/api/Order/Send', { orderId, product: 'tea', quantity: 2 });
  return sent.headers.get('location') ?? '';
}
const complete = (orderId: string) => orders.save(anOrder().withId(orderId).storedProcessed());
const get = (path: string, prefer?: string) =>
  api.client.get(path, prefer === undefined ? {} : { Prefer: prefer });
const events = (location: string) => location.replace('?', '/Events?');
const problemType = ({ json }: HttpResponse) => (json as { type: string }).type.split(':').at(-1);
const broken = (error: unknown): ApiParts => ({
  orders: {
    find: () => Promise.reject(error),
    findAll: () => Promise.reject(error),
    save: () => Promise.reject(error),
  },
});

describe('an order that is asked for at the Location of its 202', () => {
  it('is pending, with how many are ahead and since when', async () => {
    const before = Date.now();
    await send('first');
    const location = await send('second');

    const { status, json } = await get(location);

    expect(status).toBe(200);
    expect(json).toEqual({
      orderId: 'second',
      status: 'pending',
      partition: 0,
      offset: '1',
      ahead: 1,
      since: expect.any(String),
    });
    const since = Date.parse((json as { since: string }).since);
    expect(since).toBeGreaterThanOrEqual(before);
    expect(since).toBeLessThanOrEqual(Date.now());
  });

  it('is what became of it, once it is completed', async () => {
    const location = await send('a');
    await complete('a');

    expect((await get(location)).json).toMatchObject({ orderId: 'a', status: 'processed', attempt: 1 });
  });

  it.each([
    ['without its place', '/api/Order/a'],
    ['with half of its place', '/api/Order/a?partition=0'],
    ['at another offset', '/api/Order/a?partition=0&offset=1'],
    ['at the place of another', '/api/Order/b?partition=0&offset=0'],
    ['in another partition', '/api/Order/a?partition=1&offset=0'],
    ['at an offset that no topic has', '/api/Order/a?partition=0&offset=9999999999999999999'],
  ])('is unknown when it is asked for %s, and the problem says how to ask', async (_what, path) => {
    await send('a');

    for (const each of [path, path.replace(/\?|$/, '/Events?')]) {
      const response = await get(each);

      expect([response.status, problemType(response)]).toEqual([404, 'order-not-processed']);
      expect(response.text).toMatch(
        /ask at the Location of its 202, \/api\/Order\/[ab]\?partition=…&offset=…/,
      );
    }
  });

  it.each([
    ['partition=x&offset=0', 'partition'],
    ['partition=-1&offset=0', 'partition'],
    ['partition=1.5&offset=0', 'partition'],
    ['partition=2147483648&offset=0', 'partition'],
    ['partition=0&offset=', 'offset'],
    ['partition=0&offset=-1', 'offset'],
    ['partition=0&offset=0x1', 'offset'],
    ['partition=0&offset=99999999999999999999', 'offset'],
    ['partition=0&offset=1&offset=2', 'offset'],
  ])('can’t be asked for at %s', async (query, field) => {
    for (const path of ['/api/Order/a', '/api/Order/a/Events']) {
      const response = await get(`${path}?${query}`);

      expect(response.status).toBe(400);
      expect(response.json).toMatchObject({ errors: [{ field, in: 'query' }] });
    }
  });
});

describe('Prefer: wait', () => {
  it('holds the response until the order is completed', async () => {
    const location = await send('a');
    const waiting = get(location, 'wait=10');
    await get('/health/live');
    await complete('a');

    const { status, json, headers } = await waiting;

    expect([status, headers.get('preference-applied')]).toEqual([200, 'wait=10']);
    expect(json).toMatchObject({ status: 'processed' });
  });

  it('responds with how it stands when the time is over', async () => {
    const location = await send('a');
    const startedAt = performance.now();

    const { json } = await get(location, 'respond-async, wait=1');

    expect(json).toMatchObject({ status: 'pending' });
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(990);
  });

  it('responds at once for one that is completed, and for one that is not at its place', async () => {
    const location = await send('a');
    await complete('a');

    expect((await get(location, 'wait=30')).json).toMatchObject({ status: 'processed' });
    expect((await get('/api/Order/b?partition=0&offset=0', 'wait=30')).status).toBe(404);
  });

  it('waits without the place, too', async () => {
    await send('a');
    const waiting = get('/api/Order/a', 'wait=10');
    await get('/health/live');
    await complete('a');

    expect((await waiting).status).toBe(200);
  });

  it('is honoured for 30 s at most, and says so', async () => {
    const location = await send('a');
    await complete('a');

    expect((await get(location, 'wait=60')).headers.get('preference-applied')).toBe('wait=30');
  });

  it.each(['wait=soon', 'respond-async', 'wait', ''])('is ignored when it is %s', async (prefer) => {
    const location = await send('a');

    const { json, headers } = await get(location, prefer);

    expect(json).toMatchObject({ status: 'pending' });
    expect(headers.get('preference-applied')).toBeNull();
  });

  it('is ignored when too many wait', async () => {
    await start({ maxWaiting: 1 });
    const location = await send('a');
    const waiting = get(location, 'wait=10');
    await waitFor('a place that is taken', async () => {
      const response = await get(location, 'wait=1');
      return response.headers.get('preference-applied') === null;
    });
    await complete('a');

    expect((await waiting).json).toMatchObject({ status: 'processed' });
  });

  it('holds up no shutdown', async () => {
    const location = await send('a');
    const waiting = get(location, 'wait=30');
    await get('/health/live');
    api.orderWatch.close();

    expect((await waiting).json).toMatchObject({ status: 'pending' });
  });
});

describe('the events of an order', () => {
  async function follow(location: string, signal: AbortSignal | null = null) {
    const response = await fetch(api.url + events(location), { signal });
    return { response, steps: readEvents(response.body) };
  }
  const statusOf = (step: IteratorResult<ReadEvent, unknown>) =>
    (step.value as { data: { status: string } }).data.status;

  it('are its status now, and what became of it; then they end', async () => {
    const location = await send('a');
    const { response, steps } = await follow(location);

    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect((await steps.next()).value).toEqual({ event: 'status', data: (await get(location)).json });
    await complete('a');
    expect((await steps.next()).value).toEqual({ event: 'status', data: (await get(location)).json });
    expect((await steps.next()).done).toBe(true);
  });

  it('are the attempts at it that failed, too, as replicas report them', async () => {
    const failed = { orderId: 'a', partition: 0, offset: '0', attempt: 1, tookMs: 20 };
    const recent = [
      aHandledOrder({ ...failed, outcome: 'retried', at: 0, error: 'fulfilment responded 500' }),
    ];
    const reports = {
      follow: (listener: (report: ReplicaReport) => void) => {
        listener(aReport({ recent }));
        return () => undefined;
      },
    };
    await start({ attempts: new OrderAttempts(reports) });
    const { steps } = await follow(await send('a'));
    expect(statusOf(await steps.next())).toBe('pending');

    expect((await steps.next()).value).toEqual({
      event: 'attempt',
      data: {
        ...failed,
        replica: 'replica-1',
        outcome: 'retried',
        error: 'fulfilment responded 500',
        at: '1970-01-01T00:00:00.000Z',
      },
    });
  });

  it('are one for an order that is completed, as documented, and tell when to connect again', async () => {
    const location = await send('a');
    await complete('a');

    const { status, text } = await get(events(location));

    expect(status).toBe(200);
    expect(text).toMatch(
      /^retry: 2000\n\nevent: status\ndata: \{"orderId":"a",.*"status":"processed".*\}\n\n$/,
    );
  });

  it('are told without the place for an order that is completed', async () => {
    await complete('a');

    expect((await get('/api/Order/a/Events')).status).toBe(200);
  });

  it('end for HEAD before they begin', async () => {
    const response = await api.client.request('HEAD', events(await send('a')));

    expect(response.status).toBe(200);
  });

  it('are forgotten when the client leaves', async () => {
    await start({ maxFollowed: 1 });
    const location = await send('a');
    const client = new AbortController();
    await (await follow(location, client.signal)).steps.next();

    const declined = await get(events(location));
    expect([declined.status, problemType(declined)]).toEqual([503, 'overloaded']);
    expect(declined.headers.get('retry-after')).toBe('1');

    client.abort();
    await waitFor('room', async () => {
      const next = new AbortController();
      const { response } = await follow(location, next.signal);
      next.abort();
      return response.status === 200;
    });
  });

  it('end at shutdown', async () => {
    const { steps } = await follow(await send('a'));
    expect(statusOf(await steps.next())).toBe('pending');
    api.orderWatch.close();

    expect((await steps.next()).done).toBe(true);
  });

  it('end, without a line in the log, when the store has forgotten the order', async () => {
    const pendingOrders = new StubPendingOrders();
    await start({ pendingOrders });
    const pending = { orderId: 'a', partition: 0, offset: '0', ahead: 0, since: new Date(0) };
    pendingOrders.add(pending as ReturnType<StubPendingOrders['add']>);
    const { steps } = await follow('/api/Order/a?partition=0&offset=0');
    await steps.next();
    pendingOrders.remove('a');

    expect((await steps.next()).done).toBe(true);
    expect(api.logLines).toEqual([]);
  });

  it('end when there is a bug, with a line in the log', async () => {
    let fails = false;
    const pendingOrders: PendingOrders = {
      find: (orderId, place) =>
        fails
          ? Promise.reject(new TypeError('a bug'))
          : Promise.resolve({ orderId, ...place, ahead: 0, since: new Date(0) }),
    };
    await start({ pendingOrders });
    const { steps } = await follow('/api/Order/a?partition=0&offset=0');
    await steps.next();
    fails = true;

    expect((await steps.next()).done).toBe(true);
    expect(api.logLines).toMatchObject([{ level: 'error', message: 'request failed' }]);
  });
});

describe('when it can’t be told', () => {
  const at = '?partition=0&offset=0';

  it.each([
    ['because the store is unavailable', broken(new StoreUnavailable('secret')), 503, 'store-unavailable'],
    ['because of a bug', broken(new Error('secret')), 500, 'internal-error'],
    [
      'because the broker is unavailable',
      { pendingOrders: Object.assign(new StubPendingOrders(), { isUnavailable: true }) },
      503,
      'broker-unavailable',
    ],
  ])('%s, it says so', async (_why, parts, status, type) => {
    await start(parts);

    for (const path of [`/api/Order/a${at}`, `/api/Order/a/Events${at}`]) {
      const response = await get(path);

      expect([response.status, problemType(response)]).toEqual([status, type]);
      expect(response.text).not.toContain('secret');
    }
  });
});

describe('the OpenAPI document', () => {
  it('describes no response that did not occur', () => {
    expect(responsesWithout(exchanges, (path) => path.includes('{orderId}'))).toEqual([]);
  });
});
