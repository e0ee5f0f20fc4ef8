import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { responsesWithout, type Exchange } from '../support/http-client.js';
import { startApi, type Api, type ApiParts } from '../support/http-fixture.js';

const exchanges: Exchange[] = [];
let api: Api;
afterEach(() => api.close());
const start = async (parts: ApiParts = {}) => {
  api = await startApi({ ...parts, exchanges });
};

describe('GET /metrics', () => {
  it.each(['api', 'health'] as const)('serves what is measured, where %s is served', async (serves) => {
    await start({ serves });
    const { status, headers, text } = await api.client.get('/metrics');
    expect([status, text]).toEqual([200, 'a_metric 1\n']);
    expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it('has no body for HEAD, and knows no other method', async () => {
    await start();
    const head = await api.client.request('HEAD', '/metrics');
    expect([head.status, head.text]).toEqual([200, '']);
    const post = await api.client.post('/metrics', {});
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS']);
  });

  it('refuses a correlation id that is not valid', async () => {
    await start();
    const { status } = await api.client.get('/metrics', { 'X-Correlation-Id': 'two words' });
    expect(status).toBe(400);
  });

  it('fails as all else does', async () => {
    await start({ scrape: () => Promise.reject(new Error('a bug')) });
    expect((await api.client.get('/metrics')).status).toBe(500);
  });

  afterAll(() => {
    expect(responsesWithout(exchanges, (path) => path === '/metrics')).toEqual([]);
  });
});
