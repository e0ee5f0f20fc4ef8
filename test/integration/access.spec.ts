import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newApiKey } from '../../src/infrastructure/access/api-key-list.js';
import { ApiKeys } from '../../src/infrastructure/access/api-keys.js';
import { JsonWebTokens } from '../../src/infrastructure/access/json-web-tokens.js';
import { ROLES, type Role } from '../../src/application/ports/authenticator.js';
import openApi from '../../src/interfaces/http/generated/swagger.json' with { type: 'json' };
import { silentLogger } from '../../packages/delivery/src/contract/silent-logger.js';
import { InMemoryDeadLetterStore } from '../../packages/delivery/src/in-memory/in-memory-dead-letter-store.js';
import type { DeadLetterReason } from '../../src/application/ports/dead-letters.js';
import { DeliveryDeadLetters } from '../../src/infrastructure/delivery/delivery-dead-letters.js';
import { aDeadLetter } from '../support/a-dead-letter.js';
import { startApi, type Api } from '../support/http-fixture.js';
import { TokenIssuer } from '../support/token-issuer.js';

interface Operation {
  readonly 'x-roles'?: readonly Role[];
  readonly security?: readonly object[];
}
const OPERATIONS = Object.entries(openApi.paths).flatMap(([path, methods]) =>
  Object.entries(methods as Record<string, Operation>).map(([method, operation]) => {
    return {
      method: method.toUpperCase(),
      path: path.replace(/\{\w+\}/g, '1-2'),
      roles: operation['x-roles'],
      operation,
    };
  }),
);
const CLOSED = OPERATIONS.filter(({ roles }) => roles !== undefined);
const keyOf = Object.fromEntries(
  ROLES.map((role) => [role, newApiKey({ name: `only-${role}`, roles: [role] })]),
);
const ORDER = { orderId: 'o-1', product: 'tea', quantity: 1 };

let issuer: TokenIssuer;
let api: Api;
beforeAll(async () => {
  issuer = await TokenIssuer.start();
  const apiKeys = ApiKeys.of(
    Object.values(keyOf)
      .map(({ line }) => line)
      .join('\n'),
  );
  api = await startApi({ access: { apiKeys, tokens: new JsonWebTokens(issuer.settings, silentLogger) } });
});
afterAll(async () => {
  await api.close();
  await issuer.stop();
});

/** Of the response, whose body is not waited for. */
async function statusOf({ method, path }: { method: string; path: string }, headers: Record<string, string>) {
  const ending = new AbortController();
  const body = method === 'POST' ? { body: '{}' } : {};
  const response = await fetch(api.url + path, {
    ...{ method, ...body, signal: ending.signal },
    headers: { 'Content-Type': 'application/json', ...headers },
  });
  ending.abort();
  return response.status;
}

it('every operation names its roles, but for the health', () => {
  const open = OPERATIONS.filter(({ roles }) => roles === undefined);
  expect(open.map(({ path }) => path)).toEqual(['/health/live', '/health/ready']);
  expect(CLOSED).toHaveLength(12);
  for (const { roles = [], operation } of CLOSED) {
    expect(ROLES).toEqual(expect.arrayContaining([...roles]));
    expect(operation.security).toEqual([{ apiKey: [] }, { token: [] }]);
  }
});

describe('a request', () => {
  it.each(CLOSED)('$method $path without a credential is refused, before its body is read', async (each) => {
    // else it would be 415
    expect(await statusOf(each, { 'Content-Type': 'text/plain' })).toBe(401);
  });

  it.each(CLOSED.flatMap((each) => ROLES.map((role) => ({ ...each, role }))))(
    '$method $path with the role $role alone: takes $roles',
    async ({ role, roles, ...each }) => {
      const status = await statusOf(each, { 'X-API-Key': keyOf[role]?.key ?? '' });
      const token = await issuer.sign({ scope: `orders:${role}` });
      const withToken = await statusOf(each, { Authorization: `Bearer ${token}` });
      expect(withToken).toBe(status);
      if (roles?.includes(role) === true) expect([401, 403]).not.toContain(status);
      else expect(status).toBe(403);
    },
  );

  it('says what to send, and in which of the ways that are on', async () => {
    const response = await api.client.post('/api/Order/Send', ORDER);
    expect(response.status).toBe(401);
    expect(response.json).toMatchObject({
      type: 'urn:problem:order-service:unauthenticated',
      detail: 'Send an API key in the header X-API-Key, or a token as Authorization: Bearer.',
    });
    expect(response.headers.get('www-authenticate')).toBe(
      'ApiKey realm="order-service", Bearer realm="order-service"',
    );
  });

  it('says which role it takes', async () => {
    const headers = { 'X-API-Key': keyOf['send']?.key ?? '' };
    expect((await api.client.get('/api/DeadLetter', headers)).json).toMatchObject({
      type: 'urn:problem:order-service:forbidden',
      detail: 'This takes the role operate; only-send has send.',
    });
  });

  it.each<[string, Record<string, string>]>([
    ['a wrong key', { 'X-API-Key': 'os_wrong' }],
    ['an empty key', { 'X-API-Key': '' }],
    ['two keys in one header', { 'X-API-Key': `${keyOf['send']?.key}, ${keyOf['send']?.key}` }],
    ['a key as a token', { Authorization: `Bearer ${keyOf['send']?.key}` }],
    ['a key in the URL’s style', { Authorization: `Basic ${btoa(`shop:${keyOf['send']?.key}`)}` }],
    ['the hash of a key', { 'X-API-Key': keyOf['send']?.line.split(' ')[2] ?? '' }],
    ['a token that is none', { Authorization: 'Bearer x.y.z' }],
  ])('with %s is refused, and told nothing of why', async (_, headers) => {
    const response = await api.client.post('/api/Order/Send', ORDER, headers);
    expect(response.status).toBe(401);
    expect(JSON.stringify(response.json)).not.toContain(keyOf['send']?.key);
  });

  it('with a key in its URL is refused', async () => {
    const { key = '' } = keyOf['send'] ?? {};
    const response = await api.client.post(`/api/Order/Send?X-API-Key=${key}&api_key=${key}`, ORDER);
    expect(response.status).toBe(401);
  });

  it('of a client is logged under its name', async () => {
    const response = await api.client.post('/api/Order/Send', ORDER, {
      'X-API-Key': keyOf['send']?.key ?? '',
    });
    expect(response.status).toBe(202);
    expect(api.logLines.at(-1)).toMatchObject({ message: 'order accepted', fields: { client: 'only-send' } });
  });

  it('that discards a dead letter is kept with its name', async () => {
    const resolved: unknown[] = [];
    const deadLetters = new InMemoryDeadLetterStore<DeadLetterReason>();
    await deadLetters.add(aDeadLetter(7));
    const recording = new DeliveryDeadLetters({
      add: (each) => deadLetters.add(each),
      list: (...asked) => deadLetters.list(...asked),
      resolve: (...args) => Promise.resolve(void resolved.push(args)),
    });
    const apiKeys = ApiKeys.of(keyOf['operate']?.line ?? '');
    const own = await startApi({ access: { apiKeys }, deadLetters: recording });
    try {
      const headers = { 'X-API-Key': keyOf['operate']?.key ?? '' };
      expect((await own.client.post('/api/DeadLetter/Discard', { id: '0-7' }, headers)).status).toBe(200);
      expect(resolved).toEqual([[aDeadLetter(7).origin, 'discarded', 'only-operate']]);
    } finally {
      await own.close();
    }
  });

  it('for what is not there is a 404 for everybody, and for health a 200', async () => {
    expect((await api.client.get('/api/None')).status).toBe(404);
    expect((await api.client.get('/health/live')).status).toBe(200);
  });
});

describe('while the issuer of tokens can’t be reached', () => {
  it('only those are told so who come with a token that needs it', async () => {
    const down = await TokenIssuer.start();
    const token = await down.sign({ scope: 'orders:send' });
    await down.stop();
    const apiKeys = ApiKeys.of(keyOf['send']?.line ?? '');
    const own = await startApi({
      access: { apiKeys, tokens: new JsonWebTokens(down.settings, silentLogger) },
    });
    try {
      const refused = await own.client.post('/api/Order/Send', ORDER, { Authorization: `Bearer ${token}` });
      expect(refused.status).toBe(503);
      expect(refused.json).toMatchObject({ type: 'urn:problem:order-service:authentication-unavailable' });
      expect(refused.headers.get('retry-after')).toBe('1');
      const accepted = await own.client.post('/api/Order/Send', ORDER, {
        'X-API-Key': keyOf['send']?.key ?? '',
      });
      expect(accepted.status).toBe(202);
    } finally {
      await own.close();
    }
  });
});

describe('where nobody is asked', () => {
  it('a key makes no difference', async () => {
    const open = await startApi();
    try {
      expect((await open.client.get('/api/DeadLetter', { 'X-API-Key': 'any' })).status).toBe(200);
    } finally {
      await open.close();
    }
  });

  it('for the metrics, they are open, and all else is not', async () => {
    const apiKeys = ApiKeys.of(keyOf['read']?.line ?? '');
    const open = await startApi({ access: { apiKeys }, metrics: 'open' });
    try {
      expect((await open.client.get('/metrics')).status).toBe(200);
      expect((await open.client.get('/api/DeadLetter')).status).toBe(401);
    } finally {
      await open.close();
    }
  });
});
