import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import express from 'express';
import { once } from 'node:events';
import { createServer, request, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { serveLivePage } from '../../src/interfaces/http/server/live-page.js';

interface Served {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

const app = express();
serveLivePage(app);
const server = createServer(app);
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => {
  server.close();
});

/** As it is on the wire: `fetch` would unpack it. */
async function get(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Served> {
  const { port } = server.address() as AddressInfo;
  const sent = request({ host: '127.0.0.1', port, path, method, headers }).end();
  const [response] = (await once(sent, 'response')) as [
    AsyncIterable<Buffer> & Served & { statusCode: number },
  ];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return { status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) };
}

/** What a file of the page loads, by its path: scripts, styles and modules. */
function loadedBy({ body }: Served, path: string): string[] {
  const found = String(body).matchAll(/(?:src|href)="(page\/[^"]+)"|from '(\.\/[^']+)'/g);
  return [...found].map(
    ([, ofPage, ofModule]) => new URL(ofPage ?? ofModule ?? '', `http://x${path}`).pathname,
  );
}

describe('the files of the live page', () => {
  it('are all there, from the page on', async () => {
    const paths = ['/'];
    for (const path of paths) {
      const served = await get(path);
      expect([path, served.status]).toEqual([path, 200]);
      if (!path.endsWith('.css'))
        paths.push(...loadedBy(served, path).filter((each) => !paths.includes(each)));
    }
    expect(paths).toEqual(expect.arrayContaining(['/page/preact.js', '/page/styles.css', '/page/icon.svg']));
    expect(paths.length).toBeGreaterThan(30);
  });

  it('have their types, and the page has no script and no style in it', async () => {
    const types = await Promise.all(
      ['/', '/page/main.js', '/page/uplot.js', '/page/uplot.css', '/page/icon.svg'].map(
        async (path) => (await get(path)).headers['content-type']?.split(';')[0],
      ),
    );
    const page = String((await get('/')).body);

    expect(types).toEqual(['text/html', 'text/javascript', 'text/javascript', 'text/css', 'image/svg+xml']);
    expect(page).not.toMatch(/<script[^>]*>\s*[^\s<]|<style| on\w+=|https?:/);
  });

  it('are packed for those who can unpack them', async () => {
    const packed = await get('/page/preact.js', { 'Accept-Encoding': 'gzip, br' });
    const plain = await get('/page/preact.js');

    expect(packed.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'Accept-Encoding' });
    expect(gunzipSync(packed.body).equals(plain.body)).toBe(true);
    expect(plain.headers['content-encoding']).toBeUndefined();
  });

  it('are asked for again each time, and not sent again while they are the same', async () => {
    const { headers } = await get('/page/main.js');
    const again = await get('/page/main.js', { 'If-None-Match': headers.etag ?? '' });

    expect(headers['cache-control']).toBe('no-cache');
    expect([again.status, again.body.length]).toEqual([304, 0]);
    expect((await get('/page/main.js', {}, 'HEAD')).status).toBe(200);
  });

  it.each([
    '/page',
    '/page/',
    '/page/styles',
    '/page/absent.js',
    '/page/../server/live-page.ts',
    '/page/index.html',
  ])('are no others: %s', async (path) => {
    expect((await get(path)).status).toBe(404);
  });
});
