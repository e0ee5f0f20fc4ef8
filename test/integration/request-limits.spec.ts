import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { newApiKey } from '../../src/infrastructure/access/api-key-list.js';
import { ApiKeys } from '../../src/infrastructure/access/api-keys.js';
import { JsonWebTokens } from '../../src/infrastructure/access/json-web-tokens.js';
import type { Access } from '../../src/interfaces/http/access/access-control.js';
import { silentLogger } from '../../packages/delivery/src/contract/silent-logger.js';
import { startApi, type Api, type ApiParts } from '../support/http-fixture.js';
import { MeteredService } from '../support/metered-service.js';
import { statuses, times } from '../support/statuses.js';
import { TokenIssuer } from '../support/token-issuer.js';

const SEND = '/api/Order/Send';
const ORDER = { product: 'tea' };
/** In the 10 s of a window. */
const LIMIT = 20;
const PLACES = { imports: 2, orderStreams: 2, liveStreams: 2, waits: 2 };

const shop = newApiKey({ name: 'shop', roles: ['send'] });
const other = newApiKey({ name: 'other', roles: ['send'] });
const withKey = ({ key }: { key: string }) => ({ 'X-API-Key': key });
const WRONG = { 'X-API-Key': 'os_wrong' };

let now: number;
let api: Api;
let access: Access;
let issuer: TokenIssuer;
beforeAll(async () => {
  issuer = await TokenIssuer.start();
  const tokens = new JsonWebTokens(issuer.settings, silentLogger);
  access = { apiKeys: ApiKeys.of(`${shop.line}\n${other.line}`), tokens };
});
afterAll(() => issuer.stop());

const start = async (parts: ApiParts = {}) => {
  now = 1_000;
  const clientLimits = { requestsPerSecond: LIMIT / 10, ...PLACES, now: () => now };
  api = await startApi({ clientLimits, ...parts });
};
afterEach(async () => {
  api.orderWatch.close();
  await api.close();
});

const send = (headers?: Record<string, string>) => api.client.post(SEND, ORDER, headers);

describe('the requests of a client', () => {
  beforeEach(() => start({ access }));

  it('are served within its rate, and each says how many are left', async () => {
    const { status, headers } = await send(withKey(shop));

    expect(status).toBe(202);
    expect(headers.get('ratelimit-policy')).toMatch(/^"requests"; q=20; w=10; pk=:\S+:$/);
    expect(headers.get('ratelimit')).toBe('"requests"; r=19; t=10');
    expect(await statuses(LIMIT - 1, () => send(withKey(shop)))).toEqual(times(LIMIT - 1, 202));
  });

  it('are refused beyond it, until the ten seconds are over', async () => {
    await statuses(LIMIT, () => send(withKey(shop)));
    now += 3_000;
    const refused = await send(withKey(shop));

    expect(refused.status).toBe(429);
    expect(refused.json).toMatchObject({
      type: 'urn:problem:order-service:too-many-requests',
      title: 'The client asks for too much',
      detail: 'There may be 20 requests in 10 s. Send the same again after the time in Retry-After.',
    });
    expect(refused.headers.get('retry-after')).toBe('7');
    expect(refused.headers.get('ratelimit')).toBe('"requests"; r=0; t=7');
    now += 6_999;
    expect((await send(withKey(shop))).status).toBe(429);
    now += 1;
    expect((await send(withKey(shop))).status).toBe(202);
  });

  it('leave those of another their own rate, at the same address', async () => {
    await statuses(LIMIT + 1, () => send(withKey(shop)));

    expect((await send(withKey(other))).status).toBe(202);
    expect((await send()).status).toBe(401);
  });

  it('are counted by its name, be it proven by a key or by a token', async () => {
    const token = await issuer.sign({ sub: 'shop', scope: 'orders:send' });
    await statuses(LIMIT, () => send(withKey(shop)));

    expect((await send({ Authorization: `Bearer ${token}` })).status).toBe(429);
  });

  it('count, too, where it may not do what it asks for', async () => {
    const list = () => api.client.get('/api/DeadLetter', withKey(shop));

    expect(await statuses(LIMIT + 1, list)).toEqual([...times(LIMIT, 403), 429]);
  });

  it('that are refused are logged with its name', async () => {
    await statuses(LIMIT + 3, () => send(withKey(shop)));

    expect(api.logLines.filter(({ level }) => level === 'warn')).toEqual([
      {
        level: 'warn',
        message: 'a client asks for more than its limit, it is refused',
        fields: { client: 'shop', limit: 'requests', refused: 1 },
      },
    ]);
  });

  it('for health and metrics have no limit', async () => {
    for (const path of ['/health/live', '/health/ready', '/swagger/swagger.json']) {
      const found = await statuses(LIMIT * 2, () => fetch(api.url + path));
      expect(found).toEqual(times(LIMIT * 2, 200));
    }
    expect(await statuses(LIMIT * 2, () => api.client.get('/metrics', WRONG))).toEqual(times(LIMIT * 2, 401));
    const { headers } = await api.client.get('/metrics', WRONG);
    expect(headers.has('ratelimit')).toBe(false);
  });
});

describe('a flood from the address of a client', () => {
  beforeEach(() => start({ access }));
  const forged = async () => {
    const [head, payload] = (await issuer.sign({ sub: 'shop' })).split('.');
    return { Authorization: `Bearer ${head}.${payload}.${'A'.repeat(86)}` };
  };

  it.each<[string, () => Promise<Record<string, string>>]>([
    ['wrong keys', async () => WRONG],
    ['nothing to prove a name', async () => ({})],
    ['forged tokens', forged],
  ])('with %s is refused before long, and the client is served beside it', async (_what, headers) => {
    const flood = async () => send(await headers());

    expect(await statuses(LIMIT * 2, flood)).toEqual([...times(LIMIT, 401), ...times(LIMIT, 429)]);
    expect((await send(withKey(shop))).status).toBe(202);
    const token = await issuer.sign({ sub: 'new', scope: 'orders:send' });
    expect((await send({ Authorization: `Bearer ${token}` })).status).toBe(202);
  });

  it('for what is not there is refused before long as well', async () => {
    const ask = () => api.client.get('/api/None');

    expect(await statuses(LIMIT + 1, ask)).toEqual([...times(LIMIT, 404), 429]);
  });

  it('is logged with the address', async () => {
    await statuses(LIMIT + 5, () => send(WRONG));

    expect(api.logLines).toMatchObject([{ fields: { address: '127.0.0.1', limit: 'requests' } }]);
  });
});

describe('without limits', () => {
  it('nothing is refused, and no header says anything of them', async () => {
    await start({ clientLimits: undefined });

    expect(await statuses(LIMIT * 3, () => send())).toEqual(times(LIMIT * 3, 202));
    const { headers } = await send();
    expect([...headers.keys()].filter((name) => name.startsWith('ratelimit'))).toEqual([]);
  });

  it('the OpenAPI document has no 429, and with limits it has', async () => {
    const document = async () => (await fetch(`${api.url}/swagger/swagger.json`)).text();
    await start({ clientLimits: undefined });
    expect(await document()).not.toContain('"429"');
    await api.close();
    await start();
    expect(await document()).toContain('"429"');
  });
});

describe('a service with RATE_LIMIT', () => {
  it('counts what it refuses, as all else', async () => {
    const service = await MeteredService.start({ RATE_LIMIT: '1' });
    try {
      expect(await statuses(11, () => service.send())).toEqual([...times(10, 202), 429]);
      const labels = { http_route: SEND, http_response_status_code: '429' };
      await service.reaches('http_server_request_duration_seconds_count', labels, 1);
    } finally {
      await service.stop();
    }
  });
});
