import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ASYNC_API_FILE } from '../support/async-api.js';
import { startApi, type Api } from '../support/http-fixture.js';
import { readPage } from '../support/pages.js';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

describe('the AsyncAPI document', () => {
  it('is served as it is committed', async () => {
    const response = await fetch(`${api.url}/asyncapi.yaml`);

    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      'application/yaml; charset=utf-8',
    ]);
    expect(await response.text()).toBe(readPage(ASYNC_API_FILE));
  });

  it('has a page, which may load nothing but its own style', async () => {
    const response = await fetch(`${api.url}/asyncapi/index.html`);

    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      'text/html; charset=utf-8',
    ]);
    expect(response.headers.get('content-security-policy')).toContain("style-src 'self' 'unsafe-inline'");
    expect(await response.text()).toContain('<code>app.order.publish.dlq</code>');
  });

  it.each(['/asyncapi', '/asyncapi/'])('has its page at %s, too', async (path) => {
    const { url, status } = await fetch(api.url + path);

    expect([url, status]).toEqual([`${api.url}/asyncapi/index.html`, 200]);
  });

  it('is linked from the Swagger page, and links to it', async () => {
    const [swagger, page] = await Promise.all(
      ['/swagger/swagger.json', '/asyncapi/index.html'].map(async (path) =>
        (await fetch(api.url + path)).text(),
      ),
    );

    expect(swagger).toContain('(/asyncapi/index.html)');
    expect(page).toContain('href="/swagger/index.html"');
  });

  it('is not served by a process without API', async () => {
    const health = await startApi({ serves: 'health' });
    const paths = ['/asyncapi.yaml', '/asyncapi', '/asyncapi/index.html'];
    const statuses = await Promise.all(paths.map(async (path) => (await fetch(health.url + path)).status));
    await health.close();

    expect(statuses).toEqual([404, 404, 404]);
  });
});
